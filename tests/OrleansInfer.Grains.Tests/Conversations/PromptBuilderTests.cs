using System.Text.Json;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Grains.Tests;

public sealed class PromptBuilderTests : IDisposable
{
    const string Template =
        "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.arguments | tojson }}{% endfor %}{% endfor %}"
        + "{% for d in documents or [] %}[{{ d.text }}]{% endfor %}{{ '>' if add_generation_prompt }}";

    readonly TemporaryFolder _folder = new();
    readonly ServedModel _model;

    public PromptBuilderTests()
    {
        var folder = TinyTokenizer.WriteFolder(_folder.File("model"));
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), Template);
        _model = new()
        {
            Name = "tiny",
            Network = new FakeModel(512),
            Tokenizer = Tokenizer.Load(folder),
            ChatTemplate = ChatTemplate.Load(folder),
            EosTokenIds = [],
            SystemFingerprint = "fp",
        };
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "hi>")]
    [InlineData("""{"documents":[{"text":"menu"}]}""", "hi[menu]>")]
    [InlineData("""{"documents":null,"add_generation_prompt":false}""", "hi")]
    public void A_template_variable_of_the_caller_stands_in_for_the_usual_one(string? kwargs, string prompt) =>
        Assert.Equal(prompt, Prompt(new() { Messages = [new("user", "hi")], ChatTemplateKwargsJson = kwargs }));

    [Theory]
    [InlineData("""{"a": 1}""", """{"a": 1}""")] // an object, for the template to write
    [InlineData("[1]", "\"[1]\"")]
    [InlineData("{broken", "\"{broken\"")]
    [InlineData("""{"a":"\ud800"}""", """ "{\"a\":\"\\ud800\"}" """)]
    public void What_a_model_wrote_as_arguments_reaches_the_template_whatever_it_is(string arguments, string shown) =>
        Assert.Equal($"{shown.Trim()}>", Prompt(Calling(arguments)));

    [Theory]
    [InlineData(64)]
    [InlineData(65)] // too deep to be read: text
    public void Arguments_may_be_as_deep_as_any_JSON(int depth)
    {
        var arguments = string.Concat(Enumerable.Repeat("{\"a\": ", depth - 1)) + "{}" + new string('}', depth - 1);
        var asText = $"\"{arguments.Replace("\"", "\\\"")}\"";
        Assert.Equal((depth > 64 ? asText : arguments) + ">", Prompt(Calling(arguments)));
    }

    static TurnRequest Calling(string arguments)
    {
        var calls = new[] { new { type = "function", function = new { name = "f", arguments } } };
        return new() { Messages = [new("assistant", "") { ToolCallsJson = JsonSerializer.Serialize(calls) }] };
    }

    string Prompt(TurnRequest request) => _model.Tokenizer.Decode(new PromptBuilder(_model).Build(request, []), skipSpecialTokens: false);
}
