using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>A matrix as a checkpoint holds it.</summary>
/// <param name="ColumnOf">
/// Null, or the column of the network that each column is: quantizers that go by the size of activations group columns that do not stand
/// together, and here the columns of a group do.
/// </param>
internal sealed record StoredMatrix(QuantizedMatrix Matrix, int[]? ColumnOf = null) : IDisposable
{
    public void Dispose() => Matrix.Dispose();

    /// <summary>The weights as floats, their columns in the network's order.</summary>
    public float[] Dequantize()
    {
        var (rows, columns) = (Matrix.Rows, Matrix.Columns);
        var weights = GC.AllocateUninitializedArray<float>(checked(rows * columns), pinned: true); // [rows, columns]
        Parallel.For(0, rows, row =>
        {
            var line = weights.AsSpan(row * columns, columns);
            if (ColumnOf is null)
            {
                Matrix.Dequantize(row, line);
                return;
            }
            var grouped = new float[columns];
            Matrix.Dequantize(row, grouped);
            for (var i = 0; i < columns; i++) line[ColumnOf[i]] = grouped[i];
        });
        return weights;
    }

    /// <summary>Brings the columns of each group together.</summary>
    /// <param name="matrix">Its values in the network's order, its scales by group.</param>
    /// <param name="groups">The group of each column of the network.</param>
    /// <exception cref="ModelLoadException">They are no groups of the matrix's size.</exception>
    public static StoredMatrix Regroup(QuantizedMatrix matrix, IntegerTensor groups)
    {
        var size = matrix.Quantization.GroupSize;
        var groupOf = groups.ToInts();
        if (size == 0 || !groupOf.Where((group, column) => group != column / size).Any()) return new StoredMatrix(matrix);
        var columnOf = Order(groupOf, size, matrix.Groups)
            ?? throw new ModelLoadException($"{groups.Where} does not put the columns into groups of {size}.");
        Parallel.For(0, matrix.Rows, row =>
        {
            var values = matrix.Values(row);
            var original = values.ToArray();
            for (var i = 0; i < original.Length; i++) values[i] = original[columnOf[i]];
        });
        return new StoredMatrix(matrix, columnOf);
    }

    /// <summary>The column of the network at each place; null when groups have other sizes.</summary>
    static int[]? Order(int[] groupOf, int size, int groups)
    {
        var order = new int[groupOf.Length];
        var filled = new int[groups];
        for (var column = 0; column < groupOf.Length; column++)
        {
            var group = groupOf[column];
            if ((uint)group >= (uint)groups || filled[group] == size) return null;
            var place = (long)group * size + filled[group]++;
            if (place >= order.Length) return null;
            order[place] = column;
        }
        return order;
    }
}
