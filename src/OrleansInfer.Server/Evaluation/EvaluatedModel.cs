using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>A network that reads one document at a time, in chunks, through the pages of a KV cache as it does when it serves.</summary>
internal sealed class EvaluatedModel
{
    const int BlockSize = 16;
    const int LogitsAtOnce = 1 << 23; // 32 MiB of them

    readonly ICausalLM _network;
    readonly ForwardBatch _batch;
    readonly int[] _blocks;
    readonly float[] _logits; // a copy, for threads: spans do not go there

    /// <param name="longest">Tokens of the longest document, within the network's context.</param>
    public EvaluatedModel(ICausalLM network, int longest)
    {
        _network = network;
        MaxChunk = Math.Clamp(LogitsAtOnce / network.VocabSize, 16, 256);
        _batch = new ForwardBatch(MaxChunk, maxSequences: 1);
        _blocks = [.. Enumerable.Range(0, (longest + BlockSize - 1) / BlockSize)];
        _logits = new float[MaxChunk * network.VocabSize];
        network.AllocateKvCache(_blocks.Length, BlockSize);
    }

    public int VocabSize => _network.VocabSize;

    /// <summary>Most tokens of one <see cref="Read"/>.</summary>
    public int MaxChunk { get; }

    /// <summary>Reads the next tokens of a document; position 0 begins another one.</summary>
    /// <returns>[tokens, VocabSize]: the logits behind each of them, valid until the next call.</returns>
    public ReadOnlyMemory<float> Read(ReadOnlySpan<int> tokenIds, int position)
    {
        _batch.Clear();
        _batch.Add(tokenIds, position, _blocks, numLogits: tokenIds.Length);
        _network.Forward(_batch)[..(tokenIds.Length * VocabSize)].CopyTo(_logits);
        return _logits.AsMemory(0, tokenIds.Length * VocabSize);
    }
}
