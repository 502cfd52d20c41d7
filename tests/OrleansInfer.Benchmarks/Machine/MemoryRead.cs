using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OrleansInfer.Benchmarks;

/// <summary>A plain read of memory that no cache holds, by one thread for each core: what weights can be read at, at most.</summary>
internal sealed class MemoryRead
{
    const int BytesOfThread = 512 << 20, Passes = 6;

    readonly long[][] _parts = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Touched())];
    long _sum; // so that nothing is optimized away

    /// <summary>The best of some passes, in bytes a second.</summary>
    public double BytesPerSecond()
    {
        var best = 0.0;
        for (var pass = 0; pass < Passes; pass++)
        {
            var began = Stopwatch.GetTimestamp();
            Parallel.ForEach(_parts, new ParallelOptions { MaxDegreeOfParallelism = _parts.Length }, Read);
            best = Math.Max(best, (double)BytesOfThread * _parts.Length / Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
        return best;
    }

    // Four sums, so that an addition does not wait for the one before it.
    void Read(long[] part)
    {
        var vectors = MemoryMarshal.Cast<long, Vector<long>>(part);
        var (a, b, c, d) = (Vector<long>.Zero, Vector<long>.Zero, Vector<long>.Zero, Vector<long>.Zero);
        for (var i = 0; i + 4 <= vectors.Length; i += 4)
            (a, b, c, d) = (a + vectors[i], b + vectors[i + 1], c + vectors[i + 2], d + vectors[i + 3]);
        Interlocked.Add(ref _sum, Vector.Sum(a + b + c + d));
    }

    static long[] Touched()
    {
        var part = GC.AllocateUninitializedArray<long>(BytesOfThread / sizeof(long));
        Array.Fill(part, 1);
        return part;
    }
}
