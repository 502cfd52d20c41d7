using System.Text.Json.Serialization;

namespace OrleansInfer.Grains.Tests;

/// <summary>A request of a trace, in the format of Mooncake's published ones: a JSON object a line.</summary>
/// <param name="Timestamp">Arrival, in milliseconds.</param>
/// <param name="HashIds">
/// One for each block of the prompt, the last of which may be partly filled: equal ids, equal prompt up to there.
/// </param>
public sealed record TraceRequest(
    [property: JsonPropertyName("timestamp")] double Timestamp,
    [property: JsonPropertyName("input_length")] int InputLength,
    [property: JsonPropertyName("output_length")] int OutputLength,
    [property: JsonPropertyName("hash_ids")] int[] HashIds);
