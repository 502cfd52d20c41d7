namespace OrleansInfer.Kernels;

/// <summary>
/// The threads of the kernels written here: <see cref="WorkerThreads"/>; or, once a linear runs on several threads of libtorch, those.
/// libtorch's OpenMP library keeps its threads spinning between parallel regions, and others beside them would only take turns with them.
/// </summary>
internal sealed unsafe class Team(int threads) : IDisposable
{
    const long SmallWork = 1 << 18; // some ten microseconds: below, other threads would come late

    WorkerThreads? workers;
    bool shared;
    int caller;
    int current;

    public int Threads => threads;

    /// <summary>Memory for the length of one call.</summary>
    public Scratch Scratch { get; } = new();

    /// <summary>Tells that libtorch's threads are at work between the kernels written here.</summary>
    public void Share() => shared = OpenMp.Available;

    /// <summary>Sets the number of threads of libtorch's next call.  OpenMP keeps it for each calling thread.</summary>
    public void SetLibraryThreads(int count)
    {
        var thread = Environment.CurrentManagedThreadId;
        if (current == count && caller == thread) return;
        (current, caller) = (count, thread);
        OpenMp.SetThreads(count);
    }

    /// <summary>
    /// Calls <paramref name="body"/>(context, item, worker) once for each item, in any order; worker is below <see cref="Threads"/> and no
    /// two threads have the same at a time.  The body must not throw.  <paramref name="work"/>: about how many multiplications it all is.
    /// </summary>
    public void Run(delegate*<void*, int, int, void> body, void* context, int items, long work)
    {
        if (items <= 1 || threads == 1 || work < SmallWork)
        {
            for (var item = 0; item < items; item++) body(context, item, 0);
        }
        else if (shared)
        {
            OpenMp.Run(body, context, items, Math.Min(threads, items));
        }
        else
        {
            workers ??= new WorkerThreads(threads - 1);
            workers.Run(body, context, items);
        }
    }

    public void Dispose()
    {
        workers?.Dispose();
        Scratch.Dispose();
    }
}
