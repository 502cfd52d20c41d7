using OrleansInfer.Kernels;

namespace OrleansInfer.Benchmarks;

/// <summary>What one call of a kernel has to do.</summary>
public abstract record KernelWork(DataType Type)
{
    /// <summary>Bytes it must read; 0: not counted.</summary>
    public abstract double Bytes { get; }

    /// <summary>Additions and multiplications; 0: not counted.</summary>
    public abstract double Flop { get; }

    protected long BytesPerNumber => Type == DataType.Float32 ? 4 : 2;
}

/// <summary>A linear on so many rows.</summary>
public sealed record LinearWork(DataType Type, int InFeatures, int OutFeatures, int Rows) : KernelWork(Type)
{
    public override double Bytes => (double)BytesPerNumber * InFeatures * OutFeatures;

    public override double Flop => 2.0 * Rows * InFeatures * OutFeatures;

    public override string ToString() => $"{Type} {InFeatures} x {OutFeatures}, {Rows} rows";
}

/// <summary>A linear of integer weights on so many rows.</summary>
public sealed record WeightOnlyWork(LinearQuantization Quantization, int InFeatures, int OutFeatures, int Rows)
    : KernelWork(DataType.BFloat16)
{
    public override double Bytes =>
        OutFeatures * (InFeatures * Quantization.Bits / 8.0 + Quantization.GroupsOf(InFeatures) * (Quantization.Symmetric ? 2.0 : 4.0));

    public override double Flop => 2.0 * Rows * InFeatures * OutFeatures;

    public override string ToString()
    {
        var groups = Quantization.GroupSize == 0 ? "rows" : $"groups of {Quantization.GroupSize}";
        return $"{Quantization.Bits} bits, {groups}, {InFeatures} x {OutFeatures}, {Rows} rows";
    }
}

/// <summary>Attention of sequences with so many keys each, of which the last <paramref name="Rows"/> are new.</summary>
public sealed record AttentionWork(
    DataType Type, DataType CacheType, int Heads, int KvHeads, int HeadDim, int Sequences, int Rows, int Keys) : KernelWork(Type)
{
    public override double Bytes => (double)Sequences * Keys * KvCache.BytesPerToken(1, KvHeads, HeadDim, CacheType);

    public override double Flop => 4.0 * Sequences * Rows * Heads * HeadDim * (Keys - Rows / 2);

    public override string ToString() => $"{CacheType} {Heads}/{KvHeads} x {HeadDim}, {Sequences} x {Rows} rows, {Keys} keys";
}

/// <summary>What goes over the rows once.</summary>
public sealed record RowWork(DataType Type, int Rows) : KernelWork(Type)
{
    public override double Bytes => 0;

    public override double Flop => 0;

    public override string ToString() => $"{Type}, {Rows} rows";
}
