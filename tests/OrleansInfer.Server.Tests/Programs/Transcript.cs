using System.Text.RegularExpressions;

namespace OrleansInfer.Server.Tests;

/// <summary>The events of a stream, to be compared with those of another.</summary>
internal static class Transcript
{
    public static string IdOf(List<string> events) => EventReader.Data(events[0]).GetProperty("id").GetString()!;

    // Two requests have two ids and begin at two times, and choices overtake each other; all else is the same, byte for byte: the events of
    // each choice. How much of the prompt was cached is news of the day.
    public static List<string> Payloads(List<string> events)
    {
        var first = events[0];
        var start = first.IndexOf("\"id\":", StringComparison.Ordinal);
        var head = first[start..first.IndexOf("\"model\":", StringComparison.Ordinal)];
        var news = "\"cached_tokens\":\\d+" + (events.Select(ChoiceOf).Distinct().Count() > 2 ? "|^id: \\d+\n" : "");
        return [.. events.Select(item => Regex.Replace(item.Replace(head, ""), news, "")).OrderBy(ChoiceOf)];
    }

    static int ChoiceOf(string item) => Regex.Match(item, "\"choices\":\\[{\"index\":(\\d+)") is { Success: true } match
        ? int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : int.MaxValue;
}
