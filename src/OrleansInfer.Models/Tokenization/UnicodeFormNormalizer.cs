using System.Text;

namespace OrleansInfer.Models;

/// <summary>NFC, NFD, NFKC or NFKD.</summary>
internal sealed class UnicodeFormNormalizer : Normalizer
{
    readonly NormalizationForm _form;

    public UnicodeFormNormalizer(NormalizationForm form)
    {
        // Without ICU .NET normalizes nothing and says nothing: tokens would silently be others than in training.
        if ("e\u0301".Normalize().Length != 1)
            throw new InvalidDataException($"{form} needs ICU: install libicu and run with InvariantGlobalization=false");
        _form = form;
    }

    public override string Apply(string text)
    {
        // .NET calls a text with U+FFFE invalid, though it is an ordinary code point that no form changes.
        const char refused = '\uFFFE';
        return text.Contains(refused)
            ? string.Join(refused, text.Split(refused).Select(part => part.Normalize(_form)))
            : text.Normalize(_form);
    }
}
