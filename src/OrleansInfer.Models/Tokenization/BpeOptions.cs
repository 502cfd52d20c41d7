namespace OrleansInfer.Models;

/// <summary>The settings of a BPE model; the names are those of tokenizer.json.</summary>
/// <param name="UnkId">The token for what has none, or null: then it is left out.</param>
/// <param name="FuseUnk">A run of unknown code points is one token.</param>
/// <param name="ByteFallback">An unknown code point becomes the tokens <c>&lt;0xXX&gt;</c> of its bytes.</param>
/// <param name="IgnoreMerges">A piece that is a token as a whole is that token, whatever the merges say.</param>
/// <param name="ContinuingPrefix">Before every code point of a piece but the first; usually empty.</param>
/// <param name="EndOfWordSuffix">After the last code point of a piece; usually empty.</param>
internal sealed record BpeOptions(
    int? UnkId, bool FuseUnk, bool ByteFallback, bool IgnoreMerges, string ContinuingPrefix, string EndOfWordSuffix);
