using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>
/// The tokens of one choice, prompt and output, and how far they are computed. A step lets <see cref="NumComputedTokens"/> catch up with
/// <see cref="NumTokens"/>: that covers prompts, decoding, cached prefixes and recomputation after a preemption alike.
/// </summary>
internal sealed class Sequence
{
    readonly List<BlockHash> _hashes = [];
    readonly BlockHash _root;
    int[] _tokenIds;

    /// <param name="arrival">Place in the order of arrival; older sequences go first.</param>
    /// <param name="maxModelLen">Longest context of the engine.</param>
    public Sequence(GenerationRequest request, long arrival, int maxModelLen)
    {
        (Request, Arrival, _root) = (request, arrival, Engine.BlockHash.Root(request.CacheSalt));
        NumPromptTokens = request.PromptTokenIds.Count;
        MaxLength = (int)Math.Min(maxModelLen, NumPromptTokens + (long)(Sampling.MaxTokens ?? maxModelLen));
        _tokenIds = [.. request.PromptTokenIds, .. request.CommittedTokenIds];
        NumTokens = _tokenIds.Length;
        EosTokenIds = [.. request.EosTokenIds];
        StopTokenIds = [.. Sampling.StopTokenIds];
        if (OrleansInfer.Engine.TokenCounts.AreNeeded(Sampling)) TokenCounts = new TokenCounts(PromptTokenIds, OutputTokenIds);
    }

    public GenerationRequest Request { get; }

    public SamplingParams Sampling => Request.Sampling;

    public long Arrival { get; }

    public SequenceStatus Status { get; set; }

    public FinishReason? FinishReason { get; private set; }

    public int NumPromptTokens { get; }

    /// <summary>Prompt and output.</summary>
    public int NumTokens { get; private set; }

    public int NumOutputTokens => NumTokens - NumPromptTokens;

    /// <summary>Tokens whose keys and values are in their slots.</summary>
    public int NumComputedTokens { get; set; }

    /// <summary>How many of its first blocks were offered to the prefix cache.</summary>
    public int NumHashedBlocks { get; set; }

    /// <summary>Tokens of the prompt found in the prefix cache when the sequence first ran; -1 before.</summary>
    public int NumCachedTokens { get; set; } = -1;

    /// <summary>With so many tokens it ends. The last one is never computed.</summary>
    public int MaxLength { get; }

    public BlockTable BlockTable { get; } = new();

    public int[] EosTokenIds { get; }

    public int[] StopTokenIds { get; }

    /// <summary>Null unless a penalty asks for them.</summary>
    public TokenCounts? TokenCounts { get; }

    /// <summary>Who reads the tokens, when the sequence belongs to an <see cref="EngineLoop"/>.</summary>
    public Generation? Generation { get; init; }

    public SequenceTimes Times;

    public ReadOnlySpan<int> PromptTokenIds => _tokenIds.AsSpan(0, NumPromptTokens);

    public ReadOnlySpan<int> OutputTokenIds => _tokenIds.AsSpan(NumPromptTokens, NumOutputTokens);

    /// <summary>The next <paramref name="count"/> tokens to compute.</summary>
    public ReadOnlySpan<int> NextTokenIds(int count) => _tokenIds.AsSpan(NumComputedTokens, count);

    /// <summary>The hash of a full block, computed once.</summary>
    public BlockHash BlockHash(int block, int blockSize)
    {
        while (_hashes.Count <= block)
        {
            var parent = _hashes.Count == 0 ? _root : _hashes[^1];
            _hashes.Add(parent.Next(_tokenIds.AsSpan(_hashes.Count * blockSize, blockSize)));
        }
        return _hashes[block];
    }

    public void Append(int tokenId)
    {
        if (NumTokens == _tokenIds.Length) Array.Resize(ref _tokenIds, Math.Min(2 * NumTokens, Math.Max(MaxLength, NumTokens + 1)));
        _tokenIds[NumTokens++] = tokenId;
        TokenCounts?.Add(tokenId);
    }

    /// <summary>What the tokens so far say: ended, or null to go on.</summary>
    public FinishReason? EndOfTokens()
    {
        if (NumOutputTokens > 0 && IsStop(_tokenIds[NumTokens - 1])) return Abstractions.FinishReason.Stop;
        return NumTokens >= MaxLength ? Abstractions.FinishReason.Length : null;
    }

    public void Finish(FinishReason reason) => (Status, FinishReason) = (SequenceStatus.Finished, reason);

    bool IsStop(int tokenId) =>
        (!Sampling.IgnoreEos && EosTokenIds.AsSpan().Contains(tokenId)) || StopTokenIds.AsSpan().Contains(tokenId);
}
