using System.Text.RegularExpressions;

namespace OrleansInfer.Models;

/// <summary>
/// A pattern of a tokenizer, matched on code points. Patterns come from files and texts from anyone, so a match has a time limit.
/// </summary>
internal sealed class SplitPattern
{
    const int MaxPatternLength = 1 << 16;
    static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(5);
    static readonly TimeSpan TextTimeout = TimeSpan.FromSeconds(20);
    readonly Regex _regex;

    public StandIns StandIns { get; }

    SplitPattern(string pattern, StandIns standIns)
    {
        // Ruby's ^ and $ are the ends of lines.
        const RegexOptions options = RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline;
        StandIns = standIns;
        try
        {
            _regex = new Regex(pattern, options, MatchTimeout);
        }
        catch (ArgumentException fault)
        {
            throw new InvalidDataException($"the pattern \"{pattern}\" is not supported: {fault.Message}", fault);
        }
    }

    /// <exception cref="InvalidDataException">The pattern cannot be expressed in .NET.</exception>
    public static SplitPattern OfRegex(string pattern)
    {
        if (pattern.Length > MaxPatternLength)
            throw new InvalidDataException($"a pattern of {pattern.Length} characters is longer than {MaxPatternLength}");
        var (translated, standIns) = OnigTranslator.Translate(pattern);
        return new SplitPattern(translated, standIns);
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
                if (Environment.TickCount64 - began > TextTimeout.TotalMilliseconds)
                    throw new TimeoutException($"a pattern of the tokenizer took longer than {TextTimeout} to split a text");
            }
        }
        catch (RegexMatchTimeoutException fault)
        {
            throw new TimeoutException($"a pattern of the tokenizer took longer than {MatchTimeout} for one match", fault);
        }
    }
}
