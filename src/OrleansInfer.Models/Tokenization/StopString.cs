namespace OrleansInfer.Models;

/// <summary>Looks for one stop string in text that comes char by char (Knuth, Morris and Pratt's automaton).</summary>
internal sealed class StopString
{
    readonly int[] _fallback;

    public StopString(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        Text = text;
        _fallback = new int[text.Length];
        for (int i = 1, matched = 0; i < text.Length; i++)
        {
            matched = Advance(matched, text[i]);
            _fallback[i] = matched;
        }
    }

    public string Text { get; }

    /// <summary>How many chars at the end of the text so far are the beginning of the stop string.</summary>
    public int Matched { get; private set; }

    public bool IsComplete => Matched == Text.Length;

    public void Push(char next) => Matched = Advance(Matched, next);

    /// <summary>Looks for the next one, which may overlap the one that is complete.</summary>
    public void GoOn() => Matched = _fallback[^1];

    int Advance(int matched, char next)
    {
        while (matched > 0 && Text[matched] != next)
            matched = _fallback[matched - 1];
        return Text[matched] == next ? matched + 1 : 0;
    }
}
