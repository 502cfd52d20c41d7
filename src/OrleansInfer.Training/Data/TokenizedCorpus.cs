using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OrleansInfer.Models;

namespace OrleansInfer.Training;

/// <summary>A corpus as token ids: one array a dialogue and form, each closed by end-of-text.</summary>
internal sealed record TokenizedCorpus(IReadOnlyList<int[]> WithTools, IReadOnlyList<int[]> Plain)
{
    public long Tokens => WithTools.Concat(Plain).Sum(d => (long)d.Length);

    /// <summary>Names this corpus under this vocabulary, so that a run is not resumed on another.</summary>
    public string Fingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var document in WithTools.Concat(Plain))
                hash.AppendData(MemoryMarshal.AsBytes(document.AsSpan()));
            return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
        }
    }

    public static TokenizedCorpus Encode(CorpusText text, Tokenizer tokenizer)
    {
        int[] Document(string dialogue) => [.. tokenizer.Encode(dialogue + ChatFormat.EndOfText, parseSpecialTokens: true)];
        return new([.. text.WithTools.Select(Document)], [.. text.Plain.Select(Document)]);
    }
}
