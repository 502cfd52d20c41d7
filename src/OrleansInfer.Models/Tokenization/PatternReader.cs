using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Reads the field <c>"pattern": {"String": ...}</c> or <c>{"Regex": ...}</c> of a component.</summary>
internal static class PatternReader
{
    public static SplitPattern Read(JsonElement component)
    {
        var pattern = component.RequiredField("pattern");
        if (pattern.StringField("String") is { } text)
            return SplitPattern.OfString(text);
        return SplitPattern.OfRegex(pattern.RequiredString("Regex"));
    }
}
