namespace OrleansInfer.Models;

/// <summary>A set of code points with a bitmap for the Basic Multilingual Plane.</summary>
internal sealed class CodePointSet
{
    readonly ulong[] _basic = new ulong[(char.MaxValue + 1) / 64];
    readonly HashSet<int> _supplementary = [];

    public void Add(int codePoint)
    {
        if (codePoint <= char.MaxValue)
            _basic[codePoint >> 6] |= 1UL << (codePoint & 63);
        else
            _supplementary.Add(codePoint);
    }

    public bool Contains(int codePoint) => codePoint <= char.MaxValue
        ? (_basic[codePoint >> 6] >> (codePoint & 63) & 1) != 0
        : _supplementary.Contains(codePoint);
}
