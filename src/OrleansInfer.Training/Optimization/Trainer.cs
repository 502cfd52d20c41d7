using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace OrleansInfer.Training;

/// <summary>A run: a model, its optimizer and the number of steps taken.</summary>
internal sealed class Trainer(ReferenceModel model, TokenizedCorpus corpus, TrainingOptions options) : IDisposable
{
    readonly BatchSource _batches = new(corpus, options);

    public ReferenceModel Model => model;

    public TrainingOptions Options => options;

    public AdamW Optimizer { get; } = new(model.Weights);

    public TokenizedCorpus Corpus => corpus;

    /// <summary>Steps taken so far.</summary>
    public int StepsDone { get; set; }

    /// <summary>Takes one step and returns its mean loss in nats a token.</summary>
    /// <exception cref="NotFiniteNumberException">The loss is not a number; the weights are those of the step before.</exception>
    public double Step()
    {
        using var scope = NewDisposeScope();
        var step = StepsDone + 1;
        var loss = Loss(model, _batches.Batch(step));
        var value = loss.ToDouble();
        if (!double.IsFinite(value))
            throw new NotFiniteNumberException($"The loss of step {step} is {value}. Start anew with a lower --learning-rate.");
        loss.backward();
        Optimizer.Step(step, options.LearningRate(step));
        StepsDone = step;
        return value;
    }

    /// <summary>Mean cross-entropy of each id given those before it; ids: [batch, tokens + 1].</summary>
    internal static Tensor Loss(ReferenceModel model, Tensor ids)
    {
        var tokens = ids.shape[1] - 1;
        var logits = model.Forward(ids.narrow(1, 0, tokens));
        return F.cross_entropy(logits.flatten(0, 1), ids.narrow(1, 1, tokens).flatten());
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        model.Dispose();
    }
}
