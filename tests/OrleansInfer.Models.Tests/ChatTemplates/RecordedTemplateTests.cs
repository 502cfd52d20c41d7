using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansInfer.Models.Tests;

/// <summary>161 real and probing templates against what Python's Jinja, set up as transformers does it, made of them.</summary>
public sealed class RecordedTemplateTests
{
    const char Mark = '\ue000';

    readonly Dictionary<string, ChatTemplate> _parsed = [];

    [Fact]
    public void Renders_and_refuses_every_recorded_case_as_Python_does()
    {
        var wrong = new List<string>();
        int rendered = 0, refused = 0;
        foreach (var expected in TemplateCase.Recorded())
        {
            string? text = Render(expected, expected.Ctx, out var segments);
            Assert.Equal(text ?? "", string.Concat(segments.Select(segment => segment.Text)));
            if (text != expected.Want)
                wrong.Add($"{expected.Name}: expected {expected.Want ?? expected.Error}, got {text}");
            else if (text is null)
                refused++;
            else
                rendered++;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(20)));
        Assert.Equal((1614, 410), (rendered, refused));
    }

    [Fact]
    public void No_text_of_a_request_is_ever_taken_for_the_template_s()
    {
        int marks = 0;
        foreach (var recorded in TemplateCase.Recorded())
        {
            var marked = JsonSerializer.SerializeToElement(Marked(JsonNode.Parse(recorded.Ctx.GetRawText()), "content"));
            Render(recorded, marked, out var segments);
            foreach (var (text, fromTemplate) in segments)
            {
                marks += text.Count(Mark);
                Assert.False(fromTemplate && text.Contains(Mark), $"{recorded.Name}: {text}");
                Assert.False(fromTemplate && text.Contains("ue000", StringComparison.Ordinal), $"{recorded.Name}: {text}");
            }
        }
        Assert.True(marks > 50_000, $"only {marks} marks came through");
    }

    string? Render(TemplateCase recorded, JsonElement request, out IReadOnlyList<TemplateSegment> segments)
    {
        try
        {
            if (!_parsed.TryGetValue(recorded.Template, out var template))
                _parsed[recorded.Template] = template = new ChatTemplate(recorded.Template, FixedTime.Instance);
            segments = template.RenderSegments(request);
            return template.Render(request);
        }
        catch (TemplateException)
        {
            segments = [];
            return null;
        }
    }

    // Every string that a template does not compare with its own words, with a mark around each of its characters.
    static JsonNode? Marked(JsonNode? node, string name) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(
            name is "properties" or "arguments" ? $"{Mark}{member.Key}{Mark}" : member.Key, Marked(member.Value, member.Key)))),
        JsonArray items => new JsonArray([.. items.Select(item => Marked(item, name))]),
        JsonValue value when value.TryGetValue(out string? text) && name is not ("role" or "type") =>
            string.Concat(text.EnumerateRunes().Select(rune => $"{Mark}{rune}{Mark}")),
        _ => node?.DeepClone(),
    };
}
