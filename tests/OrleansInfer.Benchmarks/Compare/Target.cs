using System.Globalization;

namespace OrleansInfer.Benchmarks;

/// <summary>A ratio of ours to the others' that is wanted: of the best on both sides unless names say which.</summary>
internal sealed record Target(
    string What, Func<Case, bool> Applies, double Ratio, Func<Rates, double> Rate, string Ours = "", string Others = "")
{
    public const int LongPromptTokens = 2000;

    public static IReadOnlyList<Target> All { get; } =
    [
        new("decode, int8 to q8_0", which => IsShort(which, 1), 1.1, rates => rates.Decode, " int8", "q8_0.gguf"),
        new("decode, int4 to q4_0", which => IsShort(which, 1), 1.1, rates => rates.Decode, " int4", "q4_0.gguf"),
        new("decode", which => IsShort(which, 8), 2.5, rates => rates.Decode),
        new("decode", which => IsShort(which, 16) || IsShort(which, 32), 3, rates => rates.Decode),
        new("prefill", which => IsShort(which, 16), 2.5, rates => rates.Prefill),
        new("decode", which => which is { Sequences: 16, PromptTokens: LongPromptTokens }, 2.5, rates => rates.Decode),
    ];

    /// <summary>What came of it in one line; null when it says nothing of the case, or too little was measured.</summary>
    public string? Describe(Standings standings, Case which)
    {
        if (!Applies(which) || standings.Best(ours: true, which, Rate, Ours) is not var (ours, our)
            || standings.Best(ours: false, which, Rate, Others) is not var (others, other)) return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"{which,-12} {What,-22} {our / other,6:f2}  target {Ratio:f1}  {(our / other < Ratio ? "missed" : "met   ")}  "
            + $"{ours} {our:N0}, {others} {other:N0}");
    }

    static bool IsShort(Case which, int sequences) => which.Sequences == sequences && which.PromptTokens < LongPromptTokens;
}
