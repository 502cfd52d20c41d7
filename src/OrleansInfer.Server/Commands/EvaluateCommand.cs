using System.CommandLine;
using System.Globalization;
using OrleansInfer.Grains;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>
/// evaluate: how well a model foretells texts, and how far it is from another one, say itself before it was quantized. It computes as the
/// server does: the same kernels, in chunks, through the KV cache.
/// </summary>
internal sealed class EvaluateCommand
{
    readonly Option<string> _model = ModelOption.New();
    readonly Option<string> _dtype = new("--dtype") { HelpName = "TYPE", Description = "Arithmetic: bfloat16 (default) or float32." };
    readonly QuantizationOptions _quantization = new();
    readonly Option<string> _data = new("--data")
    {
        HelpName = "FILE", Required = true,
        Description = "JSON lines with \"messages\", which go through the chat template, or with a \"text\".",
    };

    readonly Option<string?> _against = new("--against")
    {
        HelpName = "DIR", Description = "A model with the same vocabulary, as it is stored: the divergence from it is measured, too.",
    };

    readonly Option<string?> _againstDtype = new("--against-dtype")
    {
        HelpName = "TYPE", Description = "Its arithmetic: bfloat16 or float32. Default: the one of --dtype.",
    };

    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };

    public EvaluateCommand()
    {
        _dtype.AcceptOnlyFromAmong("bfloat16", "float32");
        _againstDtype.AcceptOnlyFromAmong("bfloat16", "float32");
        Command = new Command("evaluate", "Measure a model's perplexity on a file, and its divergence from another model.")
        {
            _model, _dtype, _data, _against, _againstDtype, _json,
        };
        foreach (var option in _quantization.All) Command.Add(option);
        Command.SetAction(Run);
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (folder, path) = (ModelOption.Folder(parsed, _model), parsed.GetValue(_data)!);
        var dtype = parsed.GetValue(_dtype) ?? "bfloat16";
        var againstDtype = parsed.GetValue(_againstDtype) ?? dtype;
        using var model = ModelLoading.Load(folder, dtype, _quantization.Read(parsed));
        using var against = parsed.GetValue(_against) is { } other ? ModelLoading.Load(other, againstDtype, ModelQuantization.None) : null;
        var documents = new EvaluationFile(path, ServedModel.From(model)).Read();
        if (against is not null) CheckAlike(documents, new EvaluationFile(path, ServedModel.From(against)).Read(), model, against);
        var result = Evaluate(documents, model, against, cancellation);
        var report = new EvaluationReport(result, model, dtype, against?.Name, againstDtype);
        await using var output = StandardStreams.OpenOutput();
        if (parsed.GetValue(_json)) report.WriteJson(output);
        else report.WriteText(output);
        return 0;
    }

    static EvaluationResult Evaluate(
        IReadOnlyList<EvaluationDocument> documents, LoadedModel model, LoadedModel? against, CancellationToken cancellation)
    {
        var context = Math.Min(model.Network.MaxModelLen, against?.Network.MaxModelLen ?? int.MaxValue);
        var longest = Math.Min(context, documents.Max(document => document.TokenIds.Length));
        var evaluator = new Evaluator(
            new EvaluatedModel(model.Network, longest), against is null ? null : new EvaluatedModel(against.Network, longest), context);
        return ModelLoading.Show(progress => evaluator.Run(documents, progress ?? Tenths(), cancellation), "Reading");
    }

    // Where there is no terminal for a bar.
    static Action<double> Tenths()
    {
        var told = 0;
        return done =>
        {
            if ((int)(10 * done) <= told) return;
            told = (int)(10 * done);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Read {10 * told} % of the tokens"));
        };
    }

    static void CheckAlike(
        IReadOnlyList<EvaluationDocument> documents, IReadOnlyList<EvaluationDocument> others, LoadedModel model, LoadedModel against)
    {
        if (model.Network.VocabSize != against.Network.VocabSize)
            throw new StartFault($"The models cannot be compared: {model.Name} has {model.Network.VocabSize} logits, "
                + $"{against.Name} has {against.Network.VocabSize}.");
        foreach (var (document, other) in documents.Zip(others))
            if (!document.TokenIds.AsSpan().SequenceEqual(other.TokenIds))
                throw new StartFault($"The models cannot be compared: they do not tokenize line {document.Line} alike; "
                    + "--against must have the same tokenizer and chat template.");
    }
}
