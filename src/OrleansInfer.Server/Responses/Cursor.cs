using System.Globalization;

namespace OrleansInfer.Server;

/// <summary>
/// Where a reader stands in a stream of events: for each prompt the sequence number that it has seen last. Its text is the `id:` of an
/// event: "17", or "17,4,-1" where a request had three prompts.
/// </summary>
internal sealed class Cursor
{
    const int MaxLength = 8192;

    readonly long[] _seen;

    Cursor(long[] seen) => _seen = seen;

    /// <summary>Before the first event.</summary>
    public static Cursor Start(int prompts)
    {
        var seen = new long[prompts];
        Array.Fill(seen, -1);
        return new Cursor(seen);
    }

    /// <returns>Null when the text is not a cursor over so many prompts.</returns>
    public static Cursor? Parse(string text, int prompts)
    {
        if (text.Length > MaxLength) return null;
        var parts = text.Split(',');
        if (parts.Length != prompts) return null;
        var seen = new long[prompts];
        for (var i = 0; i < prompts; i++)
            if (!long.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seen[i])
                || seen[i] < -1) return null;
        return new Cursor(seen);
    }

    public long this[int prompt]
    {
        get => _seen[prompt];
        set => _seen[prompt] = value;
    }

    public bool IsSingle => _seen.Length == 1;

    public Cursor Copy() => new([.. _seen]);

    public override string ToString() => string.Join(',', _seen);
}
