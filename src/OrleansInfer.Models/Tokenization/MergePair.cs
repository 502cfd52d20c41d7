namespace OrleansInfer.Models;

/// <summary>The two parts of a merge, as one string and the length of the left part: there are hundreds of thousands.</summary>
internal readonly record struct MergePair(string Text, int LeftLength)
{
    public ReadOnlySpan<char> Left => Text.AsSpan(0, LeftLength);

    public ReadOnlySpan<char> Right => Text.AsSpan(LeftLength);

    /// <summary>The merged token, in which the prefix of the right part is not repeated.</summary>
    public ReadOnlySpan<char> Merged(string continuingPrefix)
    {
        if (continuingPrefix.Length == 0)
            return Text;
        if (!Right.StartsWith(continuingPrefix, StringComparison.Ordinal))
            throw new InvalidDataException($"the merge \"{Left} {Right}\" lacks the prefix \"{continuingPrefix}\"");
        return Text.Remove(LeftLength, continuingPrefix.Length);
    }
}
