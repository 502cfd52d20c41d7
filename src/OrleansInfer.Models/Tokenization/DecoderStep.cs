namespace OrleansInfer.Models;

/// <summary>One step of a decoder that looks at a token alone: rewrites its text, or ends in its bytes.</summary>
internal abstract record DecoderStep
{
    /// <summary>Every match of a pattern becomes a fixed text.</summary>
    public sealed record Replace(Normalizer Rewrite) : DecoderStep;

    /// <summary>The mark becomes a blank, or nothing in the first token of a text if <paramref name="DropsInFirst"/>.</summary>
    public sealed record Metaspace(char Mark, bool DropsInFirst) : DecoderStep;

    /// <summary>Up to so many of a character are cut from the ends of every token.</summary>
    public sealed record Strip(char Content, int Start, int Stop) : DecoderStep;

    /// <summary>A token <c>&lt;0xXX&gt;</c> is that byte.</summary>
    public sealed record ByteFallback : DecoderStep;

    /// <summary>The token is written in the byte alphabet.</summary>
    public sealed record ByteLevel : DecoderStep;
}
