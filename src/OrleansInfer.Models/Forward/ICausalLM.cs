namespace OrleansInfer.Models;

/// <summary>A causal language model with its paged KV cache: a step of tokens in, logits out. One engine owns it.</summary>
public interface ICausalLM : IDisposable
{
    /// <summary>Width of a row of logits.</summary>
    int VocabSize { get; }

    /// <summary>Longest context, in tokens.</summary>
    int MaxModelLen { get; }

    /// <summary>Memory of one token's keys and values in all layers, in bytes.</summary>
    long KvBytesPerToken { get; }

    /// <summary>Takes the memory of the KV cache. Called once, before the first <see cref="Forward"/>.</summary>
    void AllocateKvCache(int numBlocks, int blockSize);

    /// <summary>
    /// Computes the batch and writes its keys and values to their slots. A row's logits depend, bit for bit, on its sequence's tokens
    /// alone: not on the batch, not on how the prompt was cut into chunks.
    /// </summary>
    /// <returns>[batch.NumLogitsRows, VocabSize], valid until the next call.</returns>
    ReadOnlySpan<float> Forward(ForwardBatch batch);
}
