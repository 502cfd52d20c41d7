using System.Globalization;
using System.Text.Json;

namespace OrleansInfer.Benchmarks;

/// <summary>Tokens a second of one program in one case.</summary>
internal sealed record Rates(double Prefill, double Decode)
{
    public static Rates Of(JsonElement result) => new(
        result.GetProperty("prefill_tokens_per_second").GetDouble(), result.GetProperty("decode_tokens_per_second").GetDouble());

    /// <summary>Of each rate by itself.</summary>
    public static Rates Median(IReadOnlyList<Rates> all) => new(Median(all.Select(r => r.Prefill)), Median(all.Select(r => r.Decode)));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefill:N0} / {Decode:N1}");

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
