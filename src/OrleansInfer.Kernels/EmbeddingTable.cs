namespace OrleansInfer.Kernels;

/// <summary>
/// Rows of a checkpoint's embedding, read where they stand: of a table only the rows in use are ever touched, so nothing is copied and the
/// memory behind the view has to outlive the table.  Made by <see cref="CpuKernels.CreateEmbedding"/>.
/// </summary>
public sealed class EmbeddingTable
{
    internal EmbeddingTable(WeightView weight) => Weight = weight;

    /// <summary>Tokens in the table.</summary>
    public int Rows => Weight.Rows;

    /// <summary>Elements of a token's row.</summary>
    public int Columns => Weight.Columns;

    internal WeightView Weight { get; }

    internal unsafe void Read(int tokenId, Span<float> destination)
    {
        if ((uint)tokenId >= (uint)Rows) throw new ArgumentException($"Token {tokenId} is outside the embedding of {Rows} tokens.");
        WeightView.ToFloat(Weight.Data, Weight.Type, (long)tokenId * Columns, destination);
    }
}
