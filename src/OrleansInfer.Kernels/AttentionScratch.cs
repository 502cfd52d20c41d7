using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>What each worker keeps while it works on a block of queries, in one piece of memory.</summary>
internal unsafe struct AttentionScratch
{
    const int PointerTables = 4;
    const int Numbers = KeyRange.MaxQueries * (KeyRange.QueryStride + KeyRange.ScoreStride); // whole cache lines
    const long RangeBytes = ((long)Numbers * sizeof(float) + PointerTables * KeyRange.MaxTiles * sizeof(long) + 63) / 64 * 64;

    /// <summary>Queries worked on together: their 16 sums fit the registers of AVX-512, not those of less.</summary>
    public static readonly int GroupSize = Vector512.IsHardwareAccelerated ? KeyRange.MaxQueries : KeyRange.MaxQueries / 2;

    readonly byte* memory;
    readonly long bytes; // of a worker
    readonly int queries;
    readonly int headDim;

    /// <summary>For blocks of up to <paramref name="queries"/> queries.</summary>
    public AttentionScratch(Scratch scratch, int workers, int queries, int headDim)
    {
        (this.queries, this.headDim) = (queries, headDim);
        bytes = RangeBytes + PartialSoftmax.Size(KeyRange.MaxQueries, headDim) + PartialSoftmax.Size(queries, headDim);
        memory = scratch.Take(workers * bytes);
    }

    public readonly KeyRange Range(int worker, int blockSize)
    {
        var numbers = (float*)(memory + worker * bytes);
        var pointers = (byte**)(numbers + Numbers);
        return new KeyRange
        {
            Queries = numbers,
            Scores = numbers + KeyRange.MaxQueries * KeyRange.QueryStride,
            Keys = pointers,
            Values = pointers + KeyRange.MaxTiles,
            KeyScales = (float**)pointers + 2 * KeyRange.MaxTiles,
            ValueScales = (float**)pointers + 3 * KeyRange.MaxTiles,
            KeyStride = blockSize,
            HeadDim = headDim,
        };
    }

    /// <summary>The part of a group of queries in one range.</summary>
    public readonly PartialSoftmax Part(int worker) =>
        PartialSoftmax.At(memory + worker * bytes + RangeBytes, KeyRange.MaxQueries, headDim);

    /// <summary>What the ranges of a block so far have come to.</summary>
    public readonly PartialSoftmax Whole(int worker) => PartialSoftmax.At(
        memory + worker * bytes + RangeBytes + PartialSoftmax.Size(KeyRange.MaxQueries, headDim), queries, headDim);
}
