using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>The OpenMP library (GNU's libgomp) that libtorch brought into this process.  A setting is the calling thread's own.</summary>
internal static unsafe class OpenMp
{
    static readonly Lazy<(nint Get, nint Set)> functions = new(() => (Find("omp_get_max_threads"), Find("omp_set_num_threads")));

    /// <summary>False where libtorch has another OpenMP, or none.</summary>
    public static bool Available => functions.Value is { Get: not 0, Set: not 0 };

    /// <summary>Sets the number of threads that libtorch's operators use when this thread calls them; returns what it was.</summary>
    public static int Exchange(int threads)
    {
        if (!Available) return threads;
        var before = ((delegate* unmanaged<int>)functions.Value.Get)();
        ((delegate* unmanaged<int, void>)functions.Value.Set)(threads);
        return before;
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
}
