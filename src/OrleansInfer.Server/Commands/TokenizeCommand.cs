using System.CommandLine;
using System.Text.Json;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>tokenize: a JSON array of strings in, a JSON array of arrays of ids out. Needs the tokenizer's files only.</summary>
internal sealed class TokenizeCommand
{
    readonly Option<string> _model = ModelOption.New();

    readonly Option<bool> _special = new("--special") { Description = "Add the special tokens that the model expects around a text." };

    public TokenizeCommand()
    {
        Command = new Command("tokenize", "Tokenize texts: JSON array of strings on stdin, JSON array of id arrays on stdout.")
        {
            _model, _special,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed)
    {
        var tokenizer = Tokenizer.Load(ModelOption.Folder(parsed, _model));
        var special = parsed.GetValue(_special);
        using var input = await StandardStreams.ReadJson("a JSON array of strings");
        if (input.RootElement.ValueKind != JsonValueKind.Array) throw new StartFault("The standard input must be a JSON array of strings.");
        await using var output = StandardStreams.OpenOutput();
        await output.WriteAsync('[');
        var separator = "";
        foreach (var item in input.RootElement.EnumerateArray())
        {
            await output.WriteAsync(separator);
            // As Hugging Face's encode: special tokens written in the text are those tokens.
            await WriteIds(output, tokenizer.Encode(Text(item), special, parseSpecialTokens: true));
            separator = ",\n";
        }
        await output.WriteAsync("]\n");
        return 0;
    }

    static string Text(JsonElement item)
    {
        try
        {
            return item.ValueKind == JsonValueKind.String ? item.GetString()!
                : throw new StartFault("Every item of the array must be a string.");
        }
        catch (InvalidOperationException)
        {
            throw new StartFault("A string of the array is not valid Unicode text.");
        }
    }

    static async Task WriteIds(TextWriter output, IReadOnlyList<int> ids)
    {
        await output.WriteAsync('[');
        for (var i = 0; i < ids.Count; i++) await output.WriteAsync(i == 0 ? $"{ids[i]}" : $",{ids[i]}");
        await output.WriteAsync(']');
    }
}
