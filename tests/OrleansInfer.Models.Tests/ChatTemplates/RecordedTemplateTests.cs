namespace OrleansInfer.Models.Tests;

/// <summary>161 real and probing templates against what Python's Jinja, set up as transformers does it, made of them.</summary>
public sealed class RecordedTemplateTests
{
    [Fact]
    public void Renders_and_refuses_every_recorded_case_as_Python_does()
    {
        var templates = new Dictionary<string, ChatTemplate>();
        var wrong = new List<string>();
        int rendered = 0, refused = 0;
        foreach (var expected in TemplateCase.Recorded())
        {
            string? text = null, fault = null;
            try
            {
                if (!templates.TryGetValue(expected.Template, out var template))
                    templates[expected.Template] = template = new ChatTemplate(expected.Template, FixedTime.Instance);
                text = template.Render(expected.Ctx);
                Assert.Equal(text, string.Concat(template.RenderSegments(expected.Ctx).Select(segment => segment.Text)));
            }
            catch (TemplateException refusal)
            {
                fault = refusal.Message;
            }
            if (text == expected.Want)
                _ = text is null ? refused++ : rendered++;
            else
                wrong.Add($"{expected.Name}: expected {expected.Want ?? expected.Error}, got {text ?? fault}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(20)));
        Assert.Equal((1614, 410), (rendered, refused));
    }
}
