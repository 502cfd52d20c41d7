using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>
/// The threads of the kernels written here.  They are libtorch's own: its OpenMP library keeps a team for the calling thread that spins
/// between parallel regions, and a second team beside it would take the cores away from it.  Without that library the work runs serially.
/// </summary>
internal sealed unsafe class Team
{
    readonly delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> parallel;
    int caller;

    public Team(int threads)
    {
        Threads = threads;
        if (threads > 1 && AtenShim.Available && OpenMp.Find("GOMP_parallel") is not 0 and var address)
        {
            parallel = (delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)address;
        }
    }

    public int Threads { get; }

    /// <summary>The number of threads that <see cref="Run"/> uses.</summary>
    public int Workers => parallel == null ? 1 : Threads;

    /// <summary>OpenMP keeps the number of threads for each calling thread: it is set again when the caller is a new one.</summary>
    public void Enter()
    {
        var current = Environment.CurrentManagedThreadId;
        if (caller == current) return;
        caller = current;
        AtenShim.SetNumThreads(Threads);
    }

    /// <summary>
    /// Calls <paramref name="body"/>(context, item, worker) once for each item, items in any order, each worker on one thread at a time.
    /// The body must not throw.
    /// </summary>
    public void Run(delegate*<void*, int, int, void> body, void* context, int items)
    {
        if (items <= 1 || parallel == null)
        {
            for (var item = 0; item < items; item++) body(context, item, 0);
            return;
        }
        var region = new Region { Body = body, Context = context, Items = items };
        parallel(&Work, &region, (uint)Math.Min(Threads, items), 0);
    }

    [UnmanagedCallersOnly]
    static void Work(void* argument)
    {
        var region = (Region*)argument;
        var worker = Interlocked.Increment(ref region->Workers) - 1;
        while (true)
        {
            var item = Interlocked.Increment(ref region->Next) - 1;
            if (item >= region->Items) return;
            region->Body(region->Context, item, worker);
        }
    }

    struct Region
    {
        public delegate*<void*, int, int, void> Body;
        public void* Context;
        public int Items;
        public int Next;
        public int Workers;
    }
}
