namespace OrleansInfer.Kernels;

/// <summary>
/// Keys [first, first + <see cref="Length"/>) of a sequence, always cut at multiples of that length, as tiles of 16 slots that lie in
/// pages; and a group of queries that are worked on together.
/// </summary>
internal unsafe struct KeyRange
{
    /// <summary>Its scores of a group of queries stay in the first cache, and its partial results are few beside its keys.</summary>
    public const int Length = 512;

    public const int Tile = VectorMath.Lanes;

    /// <summary>Most queries of a group: with two vectors each, their sums fill half of the registers.</summary>
    public const int MaxQueries = 8;

    /// <summary>Floats between two queries in <see cref="Queries"/>: a constant is part of an address, and no power of two, or all of
    /// them would share a few lines of the cache.</summary>
    public const int QueryStride = RotaryKernel.MaxHeadDim + Tile;

    /// <summary>Floats between two queries in <see cref="Scores"/>.</summary>
    public const int ScoreStride = Length + Tile;

    /// <summary>How many tiles before their turn memory is asked for them.</summary>
    public const int Ahead = 4;

    /// <summary>Entries of the tables below behind the range's tiles.</summary>
    public const int Behind = Ahead + 1;

    public const int MaxTiles = Length / Tile + Behind;

    public float* Queries; // [MaxQueries, QueryStride]
    public float* Scores; // [MaxQueries, ScoreStride], then what the softmax makes of them
    public byte** Keys; // [MaxTiles]: of [headDim, KeyStride]
    public byte** Values; // [MaxTiles]: of [Tile, headDim]
    public float** KeyScales; // [MaxTiles]: of [Tile]; of integers only
    public float** ValueScales;
    public nint KeyStride;
    public nint HeadDim;
    public int Least; // keys that the group's first query sees, the fewest
    public int Most; // keys that its last query sees
}
