namespace OrleansInfer.Kernels;

/// <summary>The threads of a device's kernels, its caller among them.</summary>
internal sealed unsafe class Team(int threads) : IDisposable
{
    const long SmallWork = 1 << 18; // some ten microseconds: below, other threads would come late

    WorkerThreads? workers;

    public int Threads => threads;

    /// <summary>Memory for the length of one call.</summary>
    public Scratch Scratch { get; } = new();

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
