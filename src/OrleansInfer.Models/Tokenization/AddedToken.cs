namespace OrleansInfer.Models;

/// <summary>A token that is found in the text itself, before any splitting. The flags are those of tokenizer.json.</summary>
/// <param name="LStrip">White space before the token belongs to it.</param>
/// <param name="RStrip">White space after the token belongs to it.</param>
/// <param name="SingleWord">It is found only where no word character touches it.</param>
/// <param name="Normalized">It is looked for in the normalized text, by its normalized form.</param>
/// <param name="Special">It is control, not text: left out of decoded text, and never read from text that is not trusted.</param>
internal sealed record AddedToken(
    int Id, string Content, bool Special,
    bool LStrip = false, bool RStrip = false, bool SingleWord = false, bool Normalized = false);
