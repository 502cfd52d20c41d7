using System.Text.Json;

namespace OrleansInfer.Models.Tests;

/// <summary>The language, feature by feature: expressions and statements with what Python's Jinja 3.1 makes of them.</summary>
public sealed class PythonRenderingTests
{
    [Fact]
    public void Agrees_with_Python_on_every_feature_a_chat_template_may_use()
    {
        string path = Path.Combine(TemplateCase.Root(), "tests", "OrleansInfer.Models.Tests", "ChatTemplates", "python-renderings.json");
        using var file = JsonDocument.Parse(File.ReadAllText(path));
        var context = file.RootElement.GetProperty("context");
        var wrong = new List<string>();
        int count = 0;
        foreach (var expected in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            count++;
            string source = expected.GetProperty("template").GetString()!;
            string? want = expected.TryGetProperty("want", out var text) ? text.GetString() : null;
            if (Render(source, context) is var got && got != want)
                wrong.Add($"{source}: expected {want ?? expected.GetProperty("error").GetString()}, got {got}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(count > 600, $"only {count} cases were read");
    }

    static string? Render(string source, JsonElement context)
    {
        try
        {
            return new ChatTemplate(source, FixedTime.Instance).Render(context);
        }
        catch (TemplateException)
        {
            return null;
        }
    }
}
