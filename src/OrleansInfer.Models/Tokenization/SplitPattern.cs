using System.Text.RegularExpressions;

namespace OrleansInfer.Models;

/// <summary>
/// A pattern of a tokenizer, matched on code points. Patterns come from files and texts from anyone, so a match has a time limit.
/// </summary>
internal sealed class SplitPattern
{
    const int MaxPatternLength = 1 << 16;
    const int TextTimeoutFactor = 4;
    static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);
    readonly Regex _regex;

    public StandIns StandIns { get; }

    SplitPattern(string pattern, StandIns standIns, TimeSpan? timeout = null)
    {
        // Ruby's ^ and $ are the ends of lines.
        const RegexOptions options = RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline;
        StandIns = standIns;
        try
        {
            _regex = new Regex(pattern, options, timeout ?? DefaultTimeout);
        }
        catch (ArgumentException fault)
        {
            throw new InvalidDataException($"the pattern \"{pattern}\" is not supported: {fault.Message}", fault);
        }
    }

    /// <param name="pattern">In Onig's syntax.</param>
    /// <param name="timeout">For one match, and a fourth of the time for a text; 5 seconds by default.</param>
    /// <exception cref="InvalidDataException">The pattern cannot be expressed in .NET.</exception>
    public static SplitPattern OfRegex(string pattern, TimeSpan? timeout = null)
    {
        if (pattern.Length > MaxPatternLength)
            throw new InvalidDataException($"a pattern of {pattern.Length} characters is longer than {MaxPatternLength}");
        var (translated, standIns) = OnigTranslator.Translate(pattern);
        return new SplitPattern(translated, standIns, timeout);
    }

    /// <summary>A pattern of our own, in .NET's syntax.</summary>
    public static SplitPattern OfDotNet(string pattern) => new(pattern, StandIns.ByCategory);

    public static SplitPattern OfString(string text)
    {
        var standIns = new StandIns(SupplementaryRanges.In(text));
        var view = new CodePointText(text, standIns).View.ToString();
        return new SplitPattern(Regex.Escape(view), standIns);
    }

    /// <summary>Appends the matches in a code-point view, as starts and lengths.</summary>
    /// <exception cref="TimeoutException">The pattern backtracks without end on this text.</exception>
    public void FindMatches(ReadOnlySpan<char> view, List<(int Start, int Length)> matches)
    {
        var began = Environment.TickCount64;
        try
        {
            foreach (var match in _regex.EnumerateMatches(view))
            {
                matches.Add((match.Index, match.Length));
                if (Environment.TickCount64 - began > _regex.MatchTimeout.TotalMilliseconds * TextTimeoutFactor)
                    throw new TimeoutException("a pattern of the tokenizer takes too long to split this text");
            }
        }
        catch (RegexMatchTimeoutException fault)
        {
            throw new TimeoutException("a pattern of the tokenizer takes too long for one match in this text", fault);
        }
    }
}
