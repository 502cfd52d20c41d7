using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>A way to hold the weights of a linear, by the name that options and checkpoints give it.</summary>
/// <param name="Linear">Null: as the checkpoint has them, in the compute type.</param>
internal sealed record QuantizationFormat(string Name, LinearQuantization? Linear)
{
    public static readonly QuantizationFormat None = new("none", null);

    public static readonly QuantizationFormat Int8 = new("int8", LinearQuantization.Int8);

    static readonly QuantizationFormat[] All =
    [
        None,
        Int8,
        new("int8-weight-only", LinearQuantization.Int8WeightOnly),
        new("int4", LinearQuantization.Int4()),
        new("int4-g64", LinearQuantization.Int4(64)),
        new("int4-g128", LinearQuantization.Int4(128)),
        new("int4-asym", LinearQuantization.Int4(symmetric: false)),
        new("int4-g64-asym", LinearQuantization.Int4(64, symmetric: false)),
        new("int4-g128-asym", LinearQuantization.Int4(128, symmetric: false)),
    ];

    public static IEnumerable<string> Names => All.Select(format => format.Name);

    /// <summary>The format of that name; "bfloat16" is another word for "none".</summary>
    public static QuantizationFormat? Find(string name) => name == "bfloat16" ? None : All.FirstOrDefault(format => format.Name == name);

    /// <summary>What a checkpoint of others holds, in the words of the names above: "int8-g128-weight-only", "int4-g128", ….</summary>
    public static string NameOf(LinearQuantization linear)
    {
        if (All.FirstOrDefault(format => format.Linear == linear) is { } named) return named.Name;
        var groups = linear.GroupSize == 0 ? "-row" : $"-g{linear.GroupSize}";
        return $"int{linear.Bits}{groups}{(linear.Symmetric ? "" : "-asym")}{(linear.Bits == 8 ? "-weight-only" : "")}";
    }
}
