using System.CommandLine;
using OrleansInfer.Models;
using Spectre.Console;

namespace OrleansInfer.Training;

/// <summary><c>evaluate</c>: the perplexity of a checkpoint on dialogues it has not seen.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Checkpoint folder", Required = true };
        var data = new Option<string>("--data")
        {
            Description = "A .jsonl file of dialogues",
            DefaultValueFactory = _ => "../shared/data/coffee-dialogs/valid.jsonl",
        };
        var command = new Command("evaluate", "Perplexity of a checkpoint on a file of dialogues") { model, data };
        command.SetAction(parsed => Evaluate(parsed.GetRequiredValue(model), parsed.GetRequiredValue(data), AnsiConsole.Console));
        return command;
    }

    static void Evaluate(string folder, string path, IAnsiConsole console)
    {
        var dialogues = DialogueReader.Read(path);
        using var model = ReferenceModel.Load(folder);
        // The forms' random choices as the model card's figures had them, for a run with the default seed.
        var text = CorpusText.Of(dialogues, CorpusText.ToolsOf(dialogues), new TrainingOptions().Seed);
        var corpus = TokenizedCorpus.Encode(text, Tokenizer.Load(folder));
        var table = new Table().AddColumns("form", "dialogues", "tokens", "perplexity");
        AddRow(table, "plain talk", model, corpus.Plain);
        AddRow(table, "with tools", model, corpus.WithTools);
        console.Write(table);
    }

    static void AddRow(Table table, string form, ReferenceModel model, IReadOnlyList<int[]> documents)
    {
        var perplexity = Evaluator.Perplexity(model, documents, model.Config.MaxModelLen);
        table.AddRow(form, $"{documents.Count:N0}", $"{documents.Sum(d => d.Length):N0}", $"{perplexity:F2}");
    }
}
