using OrleansInfer.Models;

namespace OrleansInfer.Engine.Tests;

/// <summary>
/// A model whose "keys and values" are the token ids themselves, in pages, and whose logits are a hash of the whole history as read back
/// through the block table: a wrong slot, a stale page or a block shared by mistake changes every token that follows.
/// </summary>
internal sealed class PagedHashModel(int vocabSize = 61, int maxModelLen = 96) : ICausalLM
{
    int[] _pages = [];
    int _blockSize;
    float[] _logits = [];

    public int VocabSize => vocabSize;

    public int MaxModelLen => maxModelLen;

    public long KvBytesPerToken => sizeof(int);

    /// <summary>Called at the start of a pass: to look at the batch, to wait, to throw.</summary>
    public Action<ForwardBatch>? OnForward { get; set; }

    public int NumPasses { get; private set; }

    public long NumTokensComputed { get; private set; }

    /// <summary>Sequences for whose tokens the logits are not numbers.</summary>
    public int? PoisonedTokenId { get; set; }

    public void AllocateKvCache(int numBlocks, int blockSize)
    {
        (_pages, _blockSize) = (new int[numBlocks * blockSize], blockSize);
        Array.Fill(_pages, -1);
    }

    public ReadOnlySpan<float> Forward(ForwardBatch batch)
    {
        OnForward?.Invoke(batch);
        NumPasses++;
        NumTokensComputed += batch.NumTokens;
        Write(batch);
        if (_logits.Length < batch.NumLogitsRows * vocabSize) _logits = new float[batch.NumLogitsRows * vocabSize];
        var row = 0;
        foreach (var sequence in batch.Sequences)
        {
            var last = sequence.FirstRow + sequence.NumRows - 1;
            if (row < batch.NumLogitsRows && batch.LogitsRows[row] == last)
                LogitsOf(History(sequence), _logits.AsSpan(row++ * vocabSize, vocabSize));
        }
        Assert.Equal(batch.NumLogitsRows, row);
        return _logits.AsSpan(0, row * vocabSize);
    }

    /// <summary>The logits behind a history, with no pages at all.</summary>
    public void LogitsOf(ReadOnlySpan<int> history, Span<float> logits)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var id in history) hash = (hash ^ (uint)(id + 1)) * 0x100000001B3UL;
        for (var id = 0; id < logits.Length; id++) logits[id] = LogitOf(hash, id);
        if (PoisonedTokenId is { } poison && history.Contains(poison)) logits[0] = float.NaN;
    }

    public void Dispose()
    {
    }

    // Some logits are equal on purpose: ties must be broken alike everywhere.
    static float LogitOf(ulong hash, int id)
    {
        var mixed = (hash + (ulong)id * 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL;
        mixed ^= mixed >> 29;
        mixed *= 0x94D049BB133111EBUL;
        return (int)(mixed >> 56) / 16f - 8f;
    }

    void Write(ForwardBatch batch)
    {
        var written = new HashSet<int>();
        foreach (var sequence in batch.Sequences)
            for (var i = 0; i < sequence.NumRows; i++)
            {
                Assert.Equal(sequence.FirstPosition + i, batch.Positions[sequence.FirstRow + i]);
                var slot = Slot(sequence.BlockTable, sequence.FirstPosition + i);
                Assert.True(written.Add(slot), "Two tokens of a batch were given the same slot.");
                _pages[slot] = batch.TokenIds[sequence.FirstRow + i];
            }
    }

    int[] History(Kernels.AttentionSequence sequence)
    {
        var history = new int[sequence.FirstPosition + sequence.NumRows];
        for (var position = 0; position < history.Length; position++) history[position] = _pages[Slot(sequence.BlockTable, position)];
        return history;
    }

    int Slot(int[] blockTable, int position) => blockTable[position / _blockSize] * _blockSize + position % _blockSize;
}
