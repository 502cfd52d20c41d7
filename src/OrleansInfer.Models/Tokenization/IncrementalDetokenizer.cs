using System.Text;

namespace OrleansInfer.Models;

/// <summary>
/// One generated sequence's text: never half a character, stop strings found across token borders, and text that could
/// begin a stop string held back until it is clear that it does not.
/// </summary>
/// <remarks>
/// The stop string that is complete first ends the text; of several that are complete at the same char, the longest.
/// Not thread-safe: one sequence, one detokenizer.
/// </remarks>
/// <param name="tokenizer">Where tokens get their text from.</param>
/// <param name="skipSpecialTokens">Special tokens have no text.</param>
/// <param name="stopStrings">Strings that end the text; none may be empty.</param>
/// <param name="includeStopString">The stop string itself is part of the text.</param>
/// <param name="continuesText">The tokens go on after others, as a completion after its prompt: a blank that SentencePiece
/// tokenizers put before a text, and take away from its beginning, is then a real one.</param>
/// <param name="minTokens">A stop string that is complete within so many tokens does not count, as in vLLM.</param>
public sealed class IncrementalDetokenizer(
    Tokenizer tokenizer, bool skipSpecialTokens = true, IReadOnlyList<string>? stopStrings = null, bool includeStopString = false,
    bool continuesText = false, int minTokens = 0)
{
    readonly TokenTextStream _stream = new(tokenizer, skipSpecialTokens, continuesText);
    readonly StopString[] _stops = [.. (stopStrings ?? []).Select(stop => new StopString(UnicodeText.ReplaceLoneSurrogates(stop)))];
    readonly StringBuilder _held = new();
    int _numTokens;

    /// <summary>The stop string that ended the text, or null.</summary>
    public string? MatchedStop { get; private set; }

    /// <summary>The text that this token makes final: empty while it is held back, and after a stop string matched.</summary>
    public string Push(int tokenId)
    {
        if (MatchedStop is not null)
            return "";
        _numTokens++;
        return Release(_stream.Push(tokenId));
    }

    /// <summary>The rest at the end of a generation. An unfinished character becomes U+FFFD.</summary>
    public string Flush()
    {
        if (MatchedStop is not null)
            return "";
        var last = Release(_stream.Flush());
        if (MatchedStop is not null)
            return last;
        last += _held;
        _held.Clear();
        return last;
    }

    string Release(string text)
    {
        if (_stops.Length == 0)
            return text;
        foreach (var next in text)
        {
            _held.Append(next);
            if (LongestComplete(next) is { } complete)
                return Finish(complete);
        }
        var final = _held.Length - _stops.Max(stop => stop.Matched);
        var released = _held.ToString(0, final);
        _held.Remove(0, final);
        return released;
    }

    string? LongestComplete(char next)
    {
        string? longest = null;
        foreach (var stop in _stops)
        {
            stop.Push(next);
            if (!stop.IsComplete)
                continue;
            if (_numTokens <= minTokens)
                stop.GoOn();
            else if (stop.Text.Length > (longest?.Length ?? 0))
                longest = stop.Text;
        }
        return longest;
    }

    string Finish(string stop)
    {
        MatchedStop = stop;
        var length = includeStopString ? _held.Length : _held.Length - stop.Length;
        var released = _held.ToString(0, length);
        _held.Clear();
        return released;
    }
}
