namespace OrleansInfer.Training.Tests;

public sealed class ResumeTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("training-").FullName;

    string StatePath => Path.Combine(_folder, TrainingState.FileName);

    [Fact]
    public void A_resumed_run_ends_with_bitwise_the_weights_of_an_uninterrupted_one()
    {
        using var whole = TinyTraining.Start();
        Take(whole, 8);
        using (var first = TinyTraining.Start())
        {
            Take(first, 5);
            TrainingState.Save(StatePath, first);
        }
        using var second = TinyTraining.Start();
        TrainingState.Restore(StatePath, second);
        Assert.Equal(5, second.StepsDone);
        Take(second, 3);
        Assert.All(whole.Model.Weights, w => Assert.Equal(w.Value.bytes, second.Model.Weights[w.Key].bytes));
    }

    [Fact]
    public void A_state_of_another_run_is_refused_by_name()
    {
        using var trainer = TinyTraining.Start();
        TrainingState.Save(StatePath, trainer);
        using var other = new Trainer(trainer.Model, TinyTraining.Corpus, TinyTraining.Options with { Seed = 4 });
        var fault = Assert.Throws<InvalidDataException>(() => TrainingState.Restore(StatePath, other));
        Assert.Contains("options", fault.Message);
    }

    [Fact]
    public void A_state_of_another_corpus_is_refused_by_name()
    {
        using var trainer = TinyTraining.Start();
        TrainingState.Save(StatePath, trainer);
        var corpus = TinyTraining.Corpus with { Plain = [[1, 2, 3]] };
        using var other = new Trainer(trainer.Model, corpus, TinyTraining.Options);
        var fault = Assert.Throws<InvalidDataException>(() => TrainingState.Restore(StatePath, other));
        Assert.Contains("corpus", fault.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static void Take(Trainer trainer, int steps)
    {
        for (var i = 0; i < steps; i++)
            trainer.Step();
    }
}
