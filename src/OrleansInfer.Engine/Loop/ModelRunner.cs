using System.Diagnostics;
using OrleansInfer.Models;

namespace OrleansInfer.Engine;

/// <summary>Turns what the scheduler chose into a batch of the model.</summary>
internal sealed class ModelRunner(ICausalLM model, EngineOptions options)
{
    readonly ForwardBatch _batch = new(options.MaxNumBatchedTokens, options.MaxNumSeqs);

    /// <summary>Computes the sequences' next tokens.</summary>
    /// <returns>[sequences that sample, VocabSize], in their order; valid until the next call.</returns>
    public ReadOnlySpan<float> Run(ReadOnlySpan<ScheduledSequence> sequences)
    {
        _batch.Clear();
        foreach (var scheduled in sequences)
        {
            var (sequence, count) = scheduled;
            _batch.Add(sequence.NextTokenIds(count), sequence.NumComputedTokens, sequence.BlockTable.Ids, scheduled.Samples ? 1 : 0);
        }
        var logits = model.Forward(_batch);
        if (logits.Length < _batch.NumLogitsRows * model.VocabSize)
            throw new UnreachableException($"The model gave {logits.Length} logits for {_batch.NumLogitsRows} rows of {model.VocabSize}.");
        return logits;
    }
}
