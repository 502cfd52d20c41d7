using System.Text;

namespace OrleansInfer.Models;

/// <summary>
/// Byte-pair encoding with every option of tokenizer.json, in O(n log n) time for a piece of n code points: the merge of
/// lowest rank, leftmost first, taken from a heap. The library's merging is faster on words but quadratic on long pieces.
/// </summary>
internal sealed class HeapBpe(BpeVocabulary vocabulary, MergeTable merges, BpeOptions options, IReadOnlySet<int> forbidden)
{
    readonly ByteTokens? _bytes = options.ByteFallback ? new ByteTokens(vocabulary) : null;

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (options.IgnoreMerges && vocabulary.TryGetId(piece, out var whole) && !forbidden.Contains(whole))
        {
            ids.Add(whole);
            return;
        }
        var symbols = new List<int>(piece.Length);
        AppendSymbols(piece, symbols);
        Merge(symbols.ToArray(), ids);
    }

    void AppendSymbols(ReadOnlySpan<char> piece, List<int> symbols)
    {
        var unknownPending = false;
        for (var start = 0; start < piece.Length;)
        {
            var end = start + UnicodeText.CodePointLength(piece, start);
            if (TryGetSymbol(piece, start, end, out var id))
            {
                if (unknownPending)
                    symbols.Add(options.UnkId!.Value);
                unknownPending = false;
                symbols.Add(id);
            }
            else if (!TryAppendBytes(piece[start..end], symbols) && options.UnkId is { } unknown)
            {
                if (unknownPending && !options.FuseUnk)
                    symbols.Add(unknown);
                unknownPending = true;
            }
            start = end;
        }
        if (unknownPending)
            symbols.Add(options.UnkId!.Value);
    }

    bool TryGetSymbol(ReadOnlySpan<char> piece, int start, int end, out int id)
    {
        var prefix = start > 0 ? options.ContinuingPrefix : "";
        var suffix = end == piece.Length ? options.EndOfWordSuffix : "";
        var found = prefix.Length + suffix.Length == 0
            ? vocabulary.TryGetId(piece[start..end], out id)
            : vocabulary.TryGetId(string.Concat(prefix, piece[start..end], suffix), out id);
        return found && !forbidden.Contains(id);
    }

    bool TryAppendBytes(ReadOnlySpan<char> codePoint, List<int> symbols)
    {
        if (_bytes is null)
            return false;
        Span<byte> utf8 = stackalloc byte[4];
        utf8 = utf8[..Encoding.UTF8.GetBytes(codePoint, utf8)];
        foreach (var value in utf8)
            if (_bytes[value] is null)
                return false;
        foreach (var value in utf8)
            symbols.Add(_bytes[value]!.Value);
        return true;
    }

    void Merge(int[] symbols, List<int> ids)
    {
        const int gone = -1;
        var next = new int[symbols.Length];
        var previous = new int[symbols.Length];
        // The order is by rank, then by place, in one number because it is compared so often; an element is its two symbols.
        var heap = new PriorityQueue<(int Left, int Right), long>(symbols.Length);
        for (var i = 0; i < symbols.Length; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (var i = 0; i + 1 < symbols.Length; i++)
            Push(i);
        while (heap.TryDequeue(out var pair, out var order))
        {
            var at = (int)order;
            var right = next[at];
            // A pair is stale when one of its sides has meanwhile become part of something longer.
            if (symbols[at] != pair.Left || right == symbols.Length || symbols[right] != pair.Right)
                continue;
            merges.TryGet(pair.Left, pair.Right, out var merge);
            symbols[at] = merge.Id;
            symbols[right] = gone;
            next[at] = next[right];
            if (next[right] < symbols.Length)
                previous[next[right]] = at;
            Push(previous[at]);
            Push(at);
        }
        for (var i = 0; i < symbols.Length; i = next[i])
            ids.Add(symbols[i]);

        void Push(int at)
        {
            if (at >= 0 && next[at] < symbols.Length && merges.TryGet(symbols[at], symbols[next[at]], out var merge))
                heap.Enqueue((symbols[at], symbols[next[at]]), ((long)merge.Rank << 32) | (uint)at);
        }
    }
}
