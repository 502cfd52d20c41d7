using System.CommandLine;
using System.Text.Json;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;

namespace OrleansInfer.Server;

/// <summary>
/// generate: continues a prompt in this process, without a server. The prompt is raw: no template, and special tokens written in it count.
/// Greedy unless a temperature is given, whatever generation_config.json advises: the same command prints the same text.
/// </summary>
internal sealed class GenerateCommand
{
    readonly Option<string> _model = ModelOption.New();
    readonly Option<string> _prompt = new("--prompt") { HelpName = "TEXT", Description = "What to continue.", Required = true };
    readonly Option<string> _dtype = new("--dtype") { HelpName = "TYPE", Description = "Arithmetic: bfloat16 (default) or float32." };
    readonly Option<bool> _json = new("--json") { Description = "Print the token ids, too, as one JSON object." };
    readonly QuantizationOptions _quantization = new();
    readonly SamplingOptions _sampling = new();

    public GenerateCommand()
    {
        _dtype.AcceptOnlyFromAmong("bfloat16", "float32");
        Command = new Command("generate", "Continue a prompt, without a server.") { _model, _prompt, _dtype, _json };
        foreach (var option in _quantization.All.Concat(_sampling.All)) Command.Add(option);
        Command.SetAction(Run);
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed)
    {
        var sampling = _sampling.Read(parsed);
        var (folder, dtype) = (ModelOption.Folder(parsed, _model), ModelLoading.Parse(parsed.GetValue(_dtype) ?? "bfloat16"));
        var quantization = _quantization.Read(parsed);
        using var llm = ModelLoading.Show(progress => LLM.Load(folder, options: null, dtype, quantization, progress));
        await using var output = StandardStreams.OpenOutput();
        output.AutoFlush = !parsed.GetValue(_json); // a text is shown as it comes
        var answer = Generate(llm, parsed.GetValue(_prompt)!, sampling, output.AutoFlush ? output.Write : _ => { });
        if (parsed.GetValue(_json)) await WriteJson(output, answer);
        else await output.WriteLineAsync();
        return 0;
    }

    static GenerationOutput Generate(LLM llm, string prompt, SamplingParams sampling, Action<string> onText)
    {
        try
        {
            return llm.Generate([prompt], sampling, (_, text) => onText(text)).Single();
        }
        catch (InferenceException e)
        {
            throw new StartFault(e.Message);
        }
    }

    static async Task WriteJson(StreamWriter output, GenerationOutput answer)
    {
        await using (var json = new Utf8JsonWriter(output.BaseStream, WireJson.Writer))
        {
            json.WriteStartObject();
            WriteIds(json, "prompt_token_ids", answer.PromptTokenIds);
            WriteIds(json, "token_ids", answer.TokenIds);
            json.WriteString("text", answer.Text);
            json.WriteString("finish_reason", AnswerHead.Word(answer.FinishReason));
            json.WriteEndObject();
        }
        await output.WriteLineAsync();
    }

    static void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<int> ids)
    {
        json.WriteStartArray(name);
        foreach (var id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }
}
