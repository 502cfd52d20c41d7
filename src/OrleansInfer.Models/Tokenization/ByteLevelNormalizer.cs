using System.Text;

namespace OrleansInfer.Models;

/// <summary>Writes the text in the byte alphabet before it is split.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override string Apply(string text)
    {
        var capacity = Encoding.UTF8.GetMaxByteCount(text.Length);
        var chars = new char[capacity];
        return new string(chars, 0, ByteAlphabet.Encode(text, new byte[capacity], chars));
    }
}
