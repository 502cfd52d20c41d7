using System.Globalization;
using System.Text.Json;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>A result as one JSON object or as lines to read.</summary>
/// <param name="model">What was measured, and how it computed.</param>
/// <param name="reference">What it was measured against; null: nothing.</param>
internal sealed class EvaluationReport(EvaluationResult result, LoadedModel model, string dtype, string? reference, string? referenceDtype)
{
    static readonly JsonWriterOptions Indented = WireJson.Writer with { Indented = true };

    public void WriteJson(StreamWriter output)
    {
        using (var json = new Utf8JsonWriter(output.BaseStream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("model", model.Name);
            json.WriteString("dtype", dtype);
            json.WriteString("quantization", model.Quantization);
            json.WriteString("kv_dtype", model.KvType.ToString().ToLowerInvariant());
            json.WriteNumber("weight_bytes", model.WeightBytes);
            json.WriteNumber("documents", result.Documents);
            json.WriteNumber("documents_shortened", result.Shortened);
            json.WriteNumber("tokens", result.Tokens);
            json.WriteNumber("perplexity", result.Perplexity);
            if (reference is not null) WriteReference(json);
            json.WriteEndObject();
        }
        output.WriteLine();
    }

    public void WriteText(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{model.Name}, {dtype}, weights {model.Quantization}: {result.Documents:N0} documents, {result.Tokens:N0} tokens predicted"));
        if (result.Shortened > 0)
            output.WriteLine($"of {result.Shortened} documents, longer than the context, the beginning was read");
        Write(output, "memory of the weights, MB", $"{model.WeightBytes / 1e6:f2}");
        Write(output, "perplexity", $"{result.Perplexity:f4}");
        if (reference is null) return;
        var change = result.Perplexity / result.ReferencePerplexity - 1;
        Write(output, $"perplexity of {reference}, {referenceDtype}", $"{result.ReferencePerplexity:f4}");
        Write(output, "change", $"{100 * change:+0.000;-0.000;0.000} %");
        Write(output, "KL divergence, nats a token", $"{result.Divergence:g4}");
        Write(output, "same likeliest token", $"{100 * result.SameTop:f2} %");
    }

    void WriteReference(Utf8JsonWriter json)
    {
        json.WriteStartObject("against");
        json.WriteString("model", reference);
        json.WriteString("dtype", referenceDtype);
        json.WriteNumber("perplexity", result.ReferencePerplexity);
        json.WriteNumber("kl_divergence", result.Divergence);
        json.WriteNumber("same_top1", result.SameTop);
        json.WriteEndObject();
    }

    static void Write(TextWriter output, string name, FormattableString value) =>
        output.WriteLine($"  {name,-44} {value.ToString(CultureInfo.InvariantCulture)}");
}
