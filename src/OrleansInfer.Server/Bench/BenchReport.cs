using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace OrleansInfer.Server;

/// <summary>Results as one JSON object or as a table.</summary>
internal sealed class BenchReport(BenchPlan plan)
{
    static readonly JsonWriterOptions Indented = WireJson.Writer with { Indented = true };

    static readonly string[] Columns =
        ["at a time", "prefill\ntokens/s", "decode\ntokens/s", "first token\nms, p50", "next token\nms, p50", "next token\nms, p99"];

    readonly List<BenchResult> _results = [];

    public void Add(BenchResult result) => _results.Add(result);

    public void WriteJson(StreamWriter output)
    {
        using (var json = new Utf8JsonWriter(output.BaseStream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("model", plan.Name);
            json.WriteString("quantization", plan.Quantization);
            json.WriteNumber("threads", Environment.ProcessorCount); // the kernels take one for each core
            json.WriteStartArray("results");
            foreach (var result in _results) Write(json, result);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteLine();
    }

    public void WriteTable(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        var title = $"{plan.Name}, {plan.Server.Dtype}, weights {plan.Quantization}, "
            + $"KV cache {plan.KvType.ToString().ToLowerInvariant()}, {Environment.ProcessorCount} threads, "
            + $"{plan.PromptTokens} + {plan.OutputTokens} tokens";
        var table = new Table { Title = new TableTitle(Markup.Escape(title)), Border = TableBorder.Rounded };
        foreach (var name in Columns)
            table.AddColumn(name, column => column.RightAligned().NoWrap());
        foreach (var r in _results)
            table.AddRow(r.Concurrency.ToString(CultureInfo.InvariantCulture), Number(r.PrefillTokensPerSecond, 0),
                Number(r.DecodeTokensPerSecond, 1), Number(r.TtftMsP50, 1), Number(r.ItlMsP50, 2), Number(r.ItlMsP99, 2));
        console.Write(table);
    }

    static void Write(Utf8JsonWriter json, BenchResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("concurrency", result.Concurrency);
        json.WriteNumber("prefill_tokens_per_second", Math.Round(result.PrefillTokensPerSecond, 1));
        json.WriteNumber("decode_tokens_per_second", Math.Round(result.DecodeTokensPerSecond, 1));
        json.WriteNumber("ttft_ms_p50", Math.Round(result.TtftMsP50, 3));
        json.WriteNumber("itl_ms_p50", Math.Round(result.ItlMsP50, 3));
        json.WriteNumber("itl_ms_p99", Math.Round(result.ItlMsP99, 3));
        json.WriteEndObject();
    }

    static string Number(double value, int digits) => value.ToString($"N{digits}", CultureInfo.InvariantCulture);
}
