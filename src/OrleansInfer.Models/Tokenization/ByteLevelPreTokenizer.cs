using System.Buffers;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>Writes every piece in the byte alphabet, after splitting it by GPT-2's pattern unless another step did the splitting.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    static readonly Lazy<SplitPreTokenizer> Gpt2Split =
        new(() => new SplitPreTokenizer(SplitPattern.OfRegex(Gpt2Pattern), SplitBehavior.Isolated));

    public override void Apply(PieceText text)
    {
        if (addPrefixSpace)
            AddPrefixSpaces(text);
        if (useRegex)
            Gpt2Split.Value.Apply(text);
        WriteBytes(text);
    }

    static void AddPrefixSpaces(PieceText text)
    {
        var prefixed = new StringBuilder(text.Text.Length + text.Pieces.Count);
        var pieces = new List<(int Start, int Length)>(text.Pieces.Count);
        foreach (var piece in text.Pieces)
        {
            var start = prefixed.Length;
            var span = text.Span(piece);
            if (span is not [' ', ..])
                prefixed.Append(' ');
            prefixed.Append(span);
            pieces.Add((start, prefixed.Length - start));
        }
        text.Replace(prefixed.ToString(), pieces);
    }

    static void WriteBytes(PieceText text)
    {
        var capacity = Encoding.UTF8.GetMaxByteCount(text.Text.Length);
        var scratch = ArrayPool<byte>.Shared.Rent(capacity);
        var chars = ArrayPool<char>.Shared.Rent(capacity);
        var pieces = new List<(int Start, int Length)>(text.Pieces.Count);
        var count = 0;
        foreach (var piece in text.Pieces)
        {
            var written = ByteAlphabet.Encode(text.Span(piece), scratch, chars.AsSpan(count));
            pieces.Add((count, written));
            count += written;
        }
        text.Replace(new string(chars, 0, count), pieces);
        ArrayPool<byte>.Shared.Return(scratch);
        ArrayPool<char>.Shared.Return(chars);
    }
}
