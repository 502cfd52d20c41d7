using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Builds the steps of tokenizer.json's "pre_tokenizer". A type that is not known is refused by its name.</summary>
internal static class PreTokenizerReader
{
    /// <summary>
    /// ASCII's punctuation counts as such even where Unicode calls it a symbol. What Unicode has added since version 9
    /// does not count: the reference has the table of that time.
    /// </summary>
    const string PunctuationPattern = @"[\p{P}\u166D\$\+<=>\^`\|~-[\u061D\u09FD\u0A76\u0C77\u0C84"
        + @"\u1B4E\u1B4F\u1B7D-\u1B7F\u2E43-\u2E4F\u2E52-\u2E5D]]";

    public static List<PreTokenizer> Read(JsonElement? json)
    {
        var steps = new List<PreTokenizer>();
        if (json is { } value)
            Append(value, steps);
        return steps;
    }

    static void Append(JsonElement json, List<PreTokenizer> steps)
    {
        var type = json.RequiredString("type");
        if (type == "Sequence")
        {
            foreach (var item in json.Items("pretokenizers"))
                Append(item, steps);
            return;
        }
        steps.Add(type switch
        {
            "ByteLevel" => new ByteLevelPreTokenizer(json.FlagField("add_prefix_space") ?? true, json.FlagField("use_regex") ?? true),
            "Split" => new SplitPreTokenizer(
                PatternReader.Read(json), ReadBehavior(json.RequiredString("behavior")), json.FlagField("invert") ?? false),
            "Digits" => Split(@"\p{N}",
                json.FlagField("individual_digits") ?? false ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "Punctuation" => new SplitPreTokenizer(
                SplitPattern.OfDotNet(PunctuationPattern), ReadBehavior(json.StringField("behavior") ?? nameof(SplitBehavior.Isolated))),
            "Whitespace" => Split($@"[{UnicodeText.WordClass}\u200C\u200D]+|[^{UnicodeText.WordClass}\u200C\u200D\s]+",
                SplitBehavior.Removed, invert: true),
            "WhitespaceSplit" => Split(@"\s", SplitBehavior.Removed),
            "Metaspace" => ReadMetaspace(json),
            _ => throw new InvalidDataException($"pre_tokenizer type \"{type}\" is not supported"),
        });
    }

    static SplitPreTokenizer Split(string pattern, SplitBehavior behavior, bool invert = false) =>
        new(SplitPattern.OfRegex(pattern), behavior, invert);

    static SplitBehavior ReadBehavior(string name) => name switch
    {
        nameof(SplitBehavior.Removed) => SplitBehavior.Removed,
        nameof(SplitBehavior.Isolated) => SplitBehavior.Isolated,
        nameof(SplitBehavior.MergedWithPrevious) => SplitBehavior.MergedWithPrevious,
        nameof(SplitBehavior.MergedWithNext) => SplitBehavior.MergedWithNext,
        nameof(SplitBehavior.Contiguous) => SplitBehavior.Contiguous,
        _ => throw new InvalidDataException($"split behavior \"{name}\" is not supported"),
    };

    static MetaspacePreTokenizer ReadMetaspace(JsonElement json) =>
        new(ReadMark(json), ReadScheme(json), json.FlagField("split") ?? true);

    /// <summary>The character that a Metaspace component, here or among the decoders, writes for a blank.</summary>
    public static char ReadMark(JsonElement json) => json.RequiredString("replacement") is [var mark]
        ? mark
        : throw new InvalidDataException("the replacement of Metaspace should be one character");

    public static PrependScheme ReadScheme(JsonElement json) => json.StringField("prepend_scheme") switch
    {
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        null => json.FlagField("add_prefix_space") ?? true ? PrependScheme.Always : PrependScheme.Never,
        var other => throw new InvalidDataException($"prepend_scheme \"{other}\" is not supported"),
    };
}
