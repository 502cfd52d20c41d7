namespace OrleansInfer.Models.Tests;

public sealed class TemplateExceptionTests
{
    [Fact]
    public void A_refusal_of_the_template_keeps_its_own_words()
    {
        var refusal = Rendering.Refusal("line one\n{% if true %}\n{{ raise_exception('roles must alternate') }}{% endif %}");
        Assert.True(refusal.RaisedByTemplate);
        Assert.Equal("roles must alternate", refusal.Message);
        Assert.Equal(3, refusal.Line);
    }

    [Fact]
    public void A_fault_names_what_is_missing_and_the_line()
    {
        var fault = Rendering.Refusal("a\nb\n{{ message.content.text }}");
        Assert.False(fault.RaisedByTemplate);
        Assert.Equal("'message' is undefined (template line 3)", fault.Message);
    }

    [Theory]
    [InlineData("{{ m.role + 1 }}", "can only concatenate str (not \"int\") to str")]
    [InlineData("{{ m.name + 'a' }}", "'dict object' has no attribute 'name'")]
    [InlineData("{{ [1][3].x }}", "list object has no element 3")]
    [InlineData("{{ none|tojson + 1 }}", "can only concatenate str")]
    [InlineData("{{ m|nosuchfilter }}", "No filter named 'nosuchfilter'")]
    [InlineData("{% include 'x' %}", "unknown tag 'include'")]
    [InlineData("{% extends 'x' %}", "unknown tag 'extends'")]
    [InlineData("{% import 'x' as y %}", "unknown tag 'import'")]
    [InlineData("{{ 1 / 0 }}", "division by zero")]
    [InlineData("{% if true %}", "is not closed")]
    [InlineData("{{ 'abc }}", "is not closed")]
    [InlineData("{{ 'abc\\", "unexpected end of template")]
    [InlineData("{{ (1 ] }}", "unexpected ']'")]
    [InlineData("{# never closed", "Missing end of comment tag")]
    [InlineData("{% raw %} never closed", "Missing end of raw directive")]
    [InlineData("{% break %}", "belong into a loop")]
    [InlineData("{% for a, b in [[1]] %}{% endfor %}", "cannot unpack 1 values into 2")]
    public void Faults_say_what_is_wrong(string template, string expected) =>
        Assert.Contains(expected, Rendering.Refusal(template, new { m = new { role = "user" } }).Message, StringComparison.Ordinal);

    [Fact]
    public void A_request_that_is_no_object_is_refused() =>
        Assert.Throws<TemplateException>(() => new ChatTemplate("x").Render(System.Text.Json.JsonSerializer.SerializeToElement(5)));

    [Fact]
    public void Half_a_surrogate_pair_in_a_request_is_refused()
    {
        using var request = System.Text.Json.JsonDocument.Parse("{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud83e\"}]}");
        Assert.Throws<TemplateException>(() => new ChatTemplate("{{ messages }}").Render(request.RootElement));
    }
}
