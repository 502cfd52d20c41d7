using System.Text.Json;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Grains.Tests;

public sealed class PromptBuilderTests : IDisposable
{
    const string Template =
        "{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.arguments | tojson }}{% endfor %}{% endfor %}"
        + "{% for d in documents or [] %}[{{ d.text }}]{% endfor %}{{ '>' if add_generation_prompt }}";

    const string WithRoles =
        "{% for m in messages %}{{ m.role }}{{ ' ' + m.content if m.content }}"
        + "{% for c in m.tool_calls or [] %}{{ c.function.arguments | tojson }}{% endfor %};{% endfor %}";

    readonly TemporaryFolder _folder = new();
    readonly string _modelFolder;
    readonly ServedModel _model;

    public PromptBuilderTests()
    {
        _modelFolder = TinyTokenizer.WriteFolder(_folder.File("model"));
        _model = new()
        {
            Name = "tiny",
            Network = new FakeModel(512),
            Tokenizer = Tokenizer.Load(_modelFolder),
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

    [Fact]
    public void Calls_that_follow_each_other_are_one_message_of_the_assistant()
    {
        ChatMessage[] messages = [Call(1), new("user", "a"), Call(2), Call(3), new("tool", "b"), new("assistant", "c"), Call(4), Call(5)];
        Assert.Equal(
            """assistant{"n": 1};user a;assistant{"n": 2}{"n": 3};tool b;assistant c{"n": 4}{"n": 5};""",
            Prompt(new() { Messages = messages }, WithRoles));

        static ChatMessage Call(int n) => new("assistant", null)
        {
            ToolCallsJson = $$$"""[{"type":"function","function":{"name":"f","arguments":"{\"n\":{{{n}}}}"}}]""", Joins = true,
        };
    }

    [Fact]
    public void Instructions_come_first_and_a_developer_is_the_system() =>
        Assert.Equal(
            "system i;system d;user u;",
            Prompt(new() { Instructions = "i", Messages = [new("user", "u")] }, WithRoles, new ChatMessage("developer", "d")));

    static TurnRequest Calling(string arguments)
    {
        var calls = new[] { new { type = "function", function = new { name = "f", arguments } } };
        return new() { Messages = [new("assistant", "") { ToolCallsJson = JsonSerializer.Serialize(calls) }] };
    }

    string Prompt(TurnRequest request, string template = Template, params ChatMessage[] history)
    {
        File.WriteAllText(Path.Combine(_modelFolder, "chat_template.jinja"), template);
        var model = _model with { ChatTemplate = ChatTemplate.Load(_modelFolder) };
        return model.Tokenizer.Decode(new PromptBuilder(model).Build(request, history), skipSpecialTokens: false);
    }
}
