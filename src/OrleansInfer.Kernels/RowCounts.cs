namespace OrleansInfer.Kernels;

/// <summary>
/// The few row counts that libtorch's linears are called with.  Every one of them is tested when a model is loaded, so that a row's result
/// is known not to depend on its batch; and oneDNN, which makes code for each count it meets, makes little.
/// </summary>
internal static class RowCounts
{
    public const int Largest = 128;

    /// <summary>Exact up to 16, then padded: at most a third of the work is for nothing, and there it is memory that costs.</summary>
    public static readonly int[] All =
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, Largest];

    /// <summary>The smallest count that holds <paramref name="rows"/> of at most <see cref="Largest"/>.</summary>
    public static int Padded(int rows)
    {
        foreach (var count in All)
        {
            if (count >= rows) return count;
        }
        throw new ArgumentOutOfRangeException(nameof(rows), rows, $"A tile has at most {Largest} rows.");
    }

    /// <summary>Calls that <paramref name="rows"/> take.</summary>
    public static int Tiles(int rows) => (rows + Largest - 1) / Largest;

    /// <summary>Rows a buffer needs for <paramref name="rows"/> and the padding behind them.</summary>
    public static int Capacity(int rows) => (rows + 15) / 16 * 16;
}
