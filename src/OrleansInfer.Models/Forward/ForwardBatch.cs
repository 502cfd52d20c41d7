using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>
/// All that a forward pass needs besides the KV cache: the tokens of a step, sequence by sequence. Taken once and refilled every step.
/// </summary>
public sealed class ForwardBatch(int maxTokens, int maxSequences)
{
    readonly int[] _tokenIds = new int[maxTokens];
    readonly int[] _positions = new int[maxTokens];
    readonly int[] _logitsRows = new int[maxTokens];
    readonly AttentionSequence[] _sequences = new AttentionSequence[maxSequences];
    int _numSequences;

    public int NumTokens { get; private set; }

    /// <summary>How many rows of logits the pass returns, in the order of their sequences.</summary>
    public int NumLogitsRows { get; private set; }

    public ReadOnlySpan<int> TokenIds => _tokenIds.AsSpan(0, NumTokens); // [tokens]

    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, NumTokens); // [tokens]

    public ReadOnlySpan<int> LogitsRows => _logitsRows.AsSpan(0, NumLogitsRows); // [logits rows] -> row of tokens

    public ReadOnlySpan<AttentionSequence> Sequences => _sequences.AsSpan(0, _numSequences);

    public void Clear() => NumTokens = NumLogitsRows = _numSequences = 0;

    /// <summary>
    /// Adds the next tokens of a sequence, which stand at positions from <paramref name="firstPosition"/> on; the last
    /// <paramref name="numLogits"/> of them get logits.
    /// </summary>
    public void Add(ReadOnlySpan<int> tokenIds, int firstPosition, int[] blockTable, int numLogits)
    {
        var first = NumTokens;
        tokenIds.CopyTo(_tokenIds.AsSpan(first));
        for (var i = 0; i < tokenIds.Length; i++) _positions[first + i] = firstPosition + i;
        NumTokens += tokenIds.Length;
        for (var row = NumTokens - numLogits; row < NumTokens; row++) _logitsRows[NumLogitsRows++] = row;
        _sequences[_numSequences++] = new AttentionSequence(first, tokenIds.Length, firstPosition, blockTable);
    }
}
