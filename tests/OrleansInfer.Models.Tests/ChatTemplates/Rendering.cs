using System.Text.Json;

namespace OrleansInfer.Models.Tests;

/// <summary>Short ways to render a template in a test.</summary>
internal static class Rendering
{
    public static string Render(string source, object? variables = null) =>
        new ChatTemplate(source, FixedTime.Instance).Render(Request(variables));

    public static TemplateException Refusal(string source, object? variables = null) =>
        Assert.Throws<TemplateException>(() => Render(source, variables));

    public static JsonElement Request(object? variables) => JsonSerializer.SerializeToElement(variables ?? new { });
}
