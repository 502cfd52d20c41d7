namespace OrleansInfer.Models;

/// <summary>Text to ids: added tokens, normalizer, pre-tokenizers, model, in the reference's order.</summary>
internal sealed class TextEncoder(
    AddedVocabulary added, Normalizer? normalizer, IReadOnlyList<PreTokenizer> preTokenizers, BpeModel model)
{
    /// <param name="text">Without lone surrogates.</param>
    /// <param name="plain">Per char, whether no special token may be found there; null where they may be found anywhere.</param>
    /// <param name="ids">Where the ids go.</param>
    public void Encode(string text, bool[]? plain, List<int> ids)
    {
        if (added.Raw.IsEmpty)
        {
            EncodeNormalized(text, plain, isTextStart: true, ids);
            return;
        }
        foreach (var part in added.Raw.Split(text, plain))
        {
            if (part.Token is { } token)
                ids.Add(token.Id);
            else
                EncodeNormalized(
                    text.Substring(part.Start, part.Length), plain?[part.Start..(part.Start + part.Length)], part.Start == 0, ids);
        }
    }

    void EncodeNormalized(string text, bool[]? plain, bool isTextStart, List<int> ids)
    {
        if (text.Length == 0)
            return;
        if (normalizer is not null)
            (text, plain) = Normalize(normalizer, text, plain);
        if (added.Normalized.IsEmpty)
        {
            EncodePlain(text, isTextStart, ids);
            return;
        }
        foreach (var part in added.Normalized.Split(text, plain))
        {
            if (part.Token is { } token)
                ids.Add(token.Id);
            else
                EncodePlain(text.Substring(part.Start, part.Length), isTextStart && part.Start == 0, ids);
        }
    }

    (string Text, bool[]? Plain) Normalize(Normalizer normalizer, string text, bool[]? plain)
    {
        // The marks matter only to special tokens that are looked for in normalized text; few tokenizers have any.
        if (plain is null || !added.Normalized.HasSpecial)
            return (normalizer.Apply(text), null);
        return normalizer.Apply(text, plain);
    }

    void EncodePlain(string text, bool isTextStart, List<int> ids)
    {
        if (text.Length == 0)
            return;
        var pieces = new PieceText(text, isTextStart);
        foreach (var step in preTokenizers)
            step.Apply(pieces);
        model.Encode(pieces, ids);
    }
}
