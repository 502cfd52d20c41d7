using System.Globalization;
using System.Text.Json;

namespace OrleansInfer.Benchmarks;

/// <summary>Tokens a second of one program at one count of sequences.</summary>
internal sealed record Rates(int Concurrency, double Prefill, double Decode)
{
    public static Rates Of(JsonElement result) => new(
        result.GetProperty("concurrency").GetInt32(),
        result.GetProperty("prefill_tokens_per_second").GetDouble(),
        result.GetProperty("decode_tokens_per_second").GetDouble());

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefill:N0} / {Decode:N1}");
}
