using System.Buffers;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>
/// Pieces become ids. The library merges what it does exactly and fast; <see cref="HeapBpe"/> the rest: long pieces,
/// unknown code points that vanish, affixes, merges of blanks.
/// </summary>
internal sealed class BpeModel
{
    /// <summary>Beyond this the library's quadratic compaction shows, and a hostile text could use it.</summary>
    const int LongPiece = 1024;
    const char Mark = '\u2581';

    readonly BpeOptions _options;
    readonly ByteTokens? _bytes;
    readonly HeapBpe _heap;
    readonly LibraryBpe? _library;
    readonly CodePointSet _known = new();
    readonly bool _cutsBeforeMark;

    /// <param name="forbidden">Ids that text may never become by merging: the special tokens.</param>
    public BpeModel(
        BpeVocabulary vocabulary, IReadOnlyList<MergePair> pairs, BpeOptions options, IReadOnlySet<int> forbidden)
    {
        Vocabulary = vocabulary;
        _options = options;
        _bytes = options.ByteFallback ? new ByteTokens(vocabulary) : null;
        forbidden = Spellable(forbidden);
        var merges = new MergeTable(pairs, vocabulary, options.ContinuingPrefix, forbidden);
        _heap = new HeapBpe(vocabulary, merges, options, forbidden);
        foreach (var (token, id) in vocabulary.Ids)
            if (!forbidden.Contains(id) && IsOneCodePoint(token, out var codePoint))
                _known.Add(codePoint);
        if (IsPlain(merges))
            _library = new LibraryBpe(vocabulary, merges, options.IgnoreMerges, forbidden);
        _cutsBeforeMark = !options.IgnoreMerges && !merges.All().Any(merge => HasInnerMark(vocabulary.TokenOf(merge.Merged)!));
    }

    public BpeVocabulary Vocabulary { get; }

    /// <summary>
    /// A single character that happens to be a special token, as "!" is the padding of some tokenizers, cannot be forbidden
    /// where there is no other way to write it.
    /// </summary>
    IReadOnlySet<int> Spellable(IReadOnlySet<int> forbidden) => _bytes is { AreComplete: true }
        ? forbidden
        : forbidden.Where(id => Vocabulary.TokenOf(id) is { } token && !IsOneCodePoint(token, out _)).ToHashSet();

    static bool IsOneCodePoint(string token, out int codePoint)
    {
        var isOne = Rune.DecodeFromUtf16(token, out var rune, out var length) == OperationStatus.Done && length == token.Length;
        codePoint = rune.Value;
        return isOne;
    }

    /// <summary>Whether cutting unknown code points out of a piece and leaving the rest to the library changes nothing.</summary>
    bool IsPlain(MergeTable merges) =>
        _options.ContinuingPrefix.Length + _options.EndOfWordSuffix.Length == 0
        && Vocabulary.Count > 0
        && !merges.All().Any(merge => StandsForUnknown(merge.Left) || StandsForUnknown(merge.Right)
            || Vocabulary.TokenOf(merge.Left)!.Contains(' ') || Vocabulary.TokenOf(merge.Right)!.Contains(' '));

    bool StandsForUnknown(int id) => id == _options.UnkId || (_bytes?.Contains(id) ?? false);

    /// <summary>If no token goes on with a mark after other text, no merge can reach across such a place.</summary>
    static bool HasInnerMark(string token)
    {
        for (var i = 1; i < token.Length; i++)
            if (token[i] == Mark && token[i - 1] != Mark)
                return true;
        return false;
    }

    public void Encode(PieceText text, List<int> ids)
    {
        var ready = new List<(int Start, int Length)>(text.Pieces.Count);
        foreach (var piece in text.Pieces)
        {
            if (_library is not null && TryCut(text, piece, ready, ids))
                continue;
            Flush(text, ready, ids);
            _heap.Encode(text.Span(piece), ids);
        }
        Flush(text, ready, ids);
    }

    void Flush(PieceText text, List<(int Start, int Length)> ready, List<int> ids)
    {
        if (ready.Count == 0)
            return;
        _library!.Encode(text.Text, ready, ids);
        ready.Clear();
    }

    /// <summary>
    /// Cuts a piece into runs for the library, with what stands for unknown code points between them.
    /// False, with nothing done, when the piece is not fit for it.
    /// </summary>
    bool TryCut(PieceText text, (int Start, int Length) piece, List<(int Start, int Length)> ready, List<int> ids)
    {
        var span = text.Span(piece);
        var unknownAt = FindUnknown(span);
        if (unknownAt < 0 && piece.Length <= LongPiece)
        {
            AddRun(text, piece, ready, ids);
            return true;
        }
        if (_options.IgnoreMerges || (unknownAt < 0 && !_cutsBeforeMark) || (unknownAt >= 0 && !CanSpellUnknown))
            return false;
        var from = 0;
        var wasUnknown = false;
        while (unknownAt >= 0)
        {
            var length = UnicodeText.CodePointLength(span, unknownAt);
            wasUnknown &= from == unknownAt;
            AddRun(text, (piece.Start + from, unknownAt - from), ready, ids);
            Flush(text, ready, ids);
            AppendUnknown(span.Slice(unknownAt, length), wasUnknown, ids);
            wasUnknown = true;
            from = unknownAt + length;
            var following = FindUnknown(span[from..]);
            unknownAt = following < 0 ? -1 : from + following;
        }
        AddRun(text, (piece.Start + from, piece.Length - from), ready, ids);
        return true;
    }

    bool CanSpellUnknown => _bytes?.AreComplete ?? _options.UnkId is not null;

    int FindUnknown(ReadOnlySpan<char> span)
    {
        for (var i = 0; i < span.Length;)
        {
            var length = UnicodeText.CodePointLength(span, i);
            if (!_known.Contains(length == 1 ? span[i] : char.ConvertToUtf32(span[i], span[i + 1])))
                return i;
            i += length;
        }
        return -1;
    }

    void AppendUnknown(ReadOnlySpan<char> codePoint, bool afterUnknown, List<int> ids)
    {
        if (_bytes is null)
        {
            if (!afterUnknown || !_options.FuseUnk)
                ids.Add(_options.UnkId!.Value);
            return;
        }
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var value in utf8[..Encoding.UTF8.GetBytes(codePoint, utf8)])
            ids.Add(_bytes[value]!.Value);
    }

    /// <summary>Adds a run of known code points, cut before marks where that is safe, so that the library sees words.</summary>
    void AddRun(PieceText text, (int Start, int Length) run, List<(int Start, int Length)> ready, List<int> ids)
    {
        var (from, end) = (run.Start, run.Start + run.Length);
        if (_cutsBeforeMark)
        {
            for (var i = from + 1; i < end; i++)
            {
                if (text.Text[i] != Mark || text.Text[i - 1] == Mark)
                    continue;
                AddWord(text, (from, i - from), ready, ids);
                from = i;
            }
        }
        AddWord(text, (from, end - from), ready, ids);
    }

    void AddWord(PieceText text, (int Start, int Length) word, List<(int Start, int Length)> ready, List<int> ids)
    {
        if (word.Length > LongPiece)
        {
            Flush(text, ready, ids);
            _heap.Encode(text.Span(word), ids);
        }
        else if (word.Length > 0)
            ready.Add(word);
    }
}
