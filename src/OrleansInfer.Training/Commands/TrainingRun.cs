using Spectre.Console;

namespace OrleansInfer.Training;

/// <summary>Trains from a folder of dialogues to a checkpoint folder, saving as it goes.</summary>
internal sealed class TrainingRun(TrainingRunOptions run, TrainingOptions options, IAnsiConsole console, TimeProvider time)
{
    /// <summary>Dialogues of valid.jsonl that are looked at between steps; the model card gets the figure over all of them.</summary>
    const int QuickLook = 40;

    string StatePath => Path.Combine(run.Output, TrainingState.FileName);

    /// <summary>Runs to the last step, or to the next checkpoint when cancelled.</summary>
    public void Train(CancellationToken cancellation)
    {
        Directory.CreateDirectory(run.Output);
        if (!run.Resume && File.Exists(StatePath))
            throw new InvalidDataException($"{StatePath}: a run was not finished. Give --resume to go on, or delete the file.");
        var corpus = Corpus.Load(run.Data, run.Output, DemoModel.Config, options.Seed);
        var config = DemoModel.Config with { VocabSize = corpus.Vocabulary.Count };
        using var model = new ReferenceModel(config, WeightShapes.Initialize(config, options.Seed));
        using var trainer = new Trainer(model, corpus.Train, options);
        if (run.Resume)
            TrainingState.Restore(StatePath, trainer);
        Announce(trainer, corpus);
        RunSteps(trainer, corpus, cancellation);
        if (trainer.StepsDone == options.Steps)
            Finish(trainer, corpus);
    }

    void Announce(Trainer trainer, Corpus corpus)
    {
        var weights = trainer.Model.Weights.Values.Sum(w => w.numel());
        console.WriteLine($"{weights:N0} weights, {corpus.Vocabulary.Count:N0} tokens of vocabulary, "
            + $"{corpus.Train.Tokens:N0} tokens of dialogues, step {trainer.StepsDone:N0} of {options.Steps:N0}");
    }

    void RunSteps(Trainer trainer, Corpus corpus, CancellationToken cancellation)
    {
        var progress = new TrainingProgress(options, console, time);
        progress.Show(trainer.StepsDone, report =>
        {
            while (trainer.StepsDone < options.Steps && !cancellation.IsCancellationRequested)
            {
                report.Step(trainer.StepsDone + 1, trainer.Step());
                if (trainer.StepsDone % run.CheckpointSteps == 0 || trainer.StepsDone == options.Steps)
                    Checkpoint(trainer, corpus, report);
            }
            if (cancellation.IsCancellationRequested)
                Checkpoint(trainer, corpus, report);
        });
    }

    void Checkpoint(Trainer trainer, Corpus corpus, TrainingProgress report)
    {
        var (plain, tools) = Perplexities(trainer.Model, corpus, QuickLook);
        report.Validation(trainer.StepsDone, plain, tools);
        TrainingState.Save(StatePath, trainer);
        WriteFolder(trainer, corpus, plain, tools);
    }

    // What is left after the last step is an ordinary checkpoint folder, nothing else.
    void Finish(Trainer trainer, Corpus corpus)
    {
        var (plain, tools) = Perplexities(trainer.Model, corpus, int.MaxValue);
        WriteFolder(trainer, corpus, plain, tools);
        File.Delete(StatePath);
        console.WriteLine($"{run.Output}: perplexity on valid.jsonl {plain:F2} (plain), {tools:F2} (with tools)");
    }

    void WriteFolder(Trainer trainer, Corpus corpus, double plain, double tools)
    {
        CheckpointFolder.Write(run.Output, trainer.Model, corpus.Vocabulary);
        AtomicFile.WriteText(Path.Combine(run.Output, "README.md"), ModelCard.Write(trainer, corpus, plain, tools));
    }

    static (double Plain, double Tools) Perplexities(ReferenceModel model, Corpus corpus, int dialogues)
    {
        double Of(IReadOnlyList<int[]> documents) =>
            Evaluator.Perplexity(model, [.. documents.Take(dialogues)], model.Config.MaxModelLen);
        return (Of(corpus.Valid.Plain), Of(corpus.Valid.WithTools));
    }
}
