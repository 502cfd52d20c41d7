using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>The windows of each step, in the asked mix of the two forms.</summary>
internal sealed class BatchSource(TokenizedCorpus corpus, TrainingOptions options)
{
    // One id more than a window: inputs and targets are the same ids, shifted by one.
    readonly TrainingWindows _withTools = new(corpus.WithTools, options.WindowLength + 1, options.Seed);
    readonly TrainingWindows _plain = new(corpus.Plain, options.WindowLength + 1, options.Seed + 1);

    /// <summary>Ids of a step (from 1): [batch, windowLength + 1].</summary>
    public Tensor Batch(int step)
    {
        var first = (long)(step - 1) * options.BatchSize;
        var rows = Enumerable.Range(0, options.BatchSize).Select(row => Window(first + row));
        return tensor(rows.SelectMany(w => w).Select(id => (long)id).ToArray()).view(options.BatchSize, options.WindowLength + 1);
    }

    // Of the first n windows, floor(n * share) are plain: the mix is even at every point of the row.
    int[] Window(long index)
    {
        var plainBefore = (long)(index * options.PlainShare);
        var isPlain = (long)((index + 1) * options.PlainShare) > plainBefore;
        return isPlain ? _plain[plainBefore] : _withTools[index - plainBefore];
    }
}
