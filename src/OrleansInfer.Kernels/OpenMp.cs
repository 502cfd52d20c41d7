using System.Runtime.InteropServices;
using TorchSharp;

namespace OrleansInfer.Kernels;

/// <summary>The OpenMP library (GNU's libgomp) that libtorch brought into this process, and its threads.</summary>
internal static unsafe class OpenMp
{
    static readonly Lazy<(nint Parallel, nint SetThreads)> functions = new(() => (Find("GOMP_parallel"), Find("omp_set_num_threads")));

    public static bool Available => functions.Value.Parallel != 0;

    /// <summary>The threads of libtorch's operators that this thread calls.</summary>
    public static void SetThreads(int count)
    {
        if (functions.Value.SetThreads is not 0 and var address) ((delegate* unmanaged<int, void>)address)(count);
        else torch.set_num_threads(count);
    }

    /// <summary>Calls body(context, item, worker) for each item on that many threads of the caller's team.</summary>
    public static void Run(delegate*<void*, int, int, void> body, void* context, int items, int threads)
    {
        var region = new Region { Body = body, Context = context, Items = items };
        var parallel = (delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)functions.Value.Parallel;
        parallel(&Work, &region, (uint)threads, 0);
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

    /// <summary>The address of an exported function, or 0.  The library's file name has a hash in it: look among what is mapped.</summary>
    static nint Find(string name)
    {
        if (!OperatingSystem.IsLinux() || !AtenShim.Available) return 0;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var start = line.IndexOf('/', StringComparison.Ordinal);
            if (start < 0 || !Path.GetFileName(line.AsSpan(start)).StartsWith("libgomp", StringComparison.Ordinal)) continue;
            if (!NativeLibrary.TryLoad(line[start..], out var library)) continue;
            if (NativeLibrary.TryGetExport(library, name, out var address)) return address;
        }
        return 0;
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
