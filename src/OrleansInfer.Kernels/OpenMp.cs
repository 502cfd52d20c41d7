using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>The OpenMP library that libtorch brought into this process: its file name carries a hash, so it is found among what is mapped.</summary>
internal static class OpenMp
{
    /// <summary>The address of an exported function, or 0.</summary>
    public static nint Find(string name)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var start = line.IndexOf('/', StringComparison.Ordinal);
            if (start < 0 || !Path.GetFileName(line.AsSpan(start)).StartsWith("libgomp", StringComparison.Ordinal)) continue;
            if (NativeLibrary.TryLoad(line[start..], out var library) && NativeLibrary.TryGetExport(library, name, out var address)) return address;
        }
        return 0;
    }
}
