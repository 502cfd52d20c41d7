using System.Text.Json;

namespace OrleansInfer.Training.Tests;

public sealed class ChatFormatTests
{
    static readonly Dialogue Order = new("1",
    [
        new("user", "a latte", []),
        new("assistant", "", [new("add", """{"item": "latte"}""")]),
        new("tool", """{"id":"7"}""", []),
        new("assistant", "Sure.", []),
        new("assistant", "Is it right?", []),
    ]);

    [Fact]
    public void A_dialogue_with_tools_names_them_and_keeps_every_call() => Assert.Equal(
        """
        <|im_start|>system
        Tools: add, finish<|im_end|>
        <|im_start|>user
        a latte<|im_end|>
        <|im_start|>assistant
        <tool_call>
        {"name": "add", "arguments": {"item": "latte"}}
        </tool_call><|im_end|>
        <|im_start|>tool
        {"id":"7"}<|im_end|>
        <|im_start|>assistant
        Sure.<|im_end|>
        <|im_start|>assistant
        Is it right?<|im_end|>

        """, ChatFormat.Render(Order, ["add", "finish"]));

    [Fact]
    public void Plain_talk_leaves_calls_out_and_joins_what_was_said_in_a_row() => Assert.Equal(
        """
        <|im_start|>user
        a latte<|im_end|>
        <|im_start|>assistant
        Sure. Is it right?<|im_end|>

        """, ChatFormat.Render(DialogueForms.Spoken(Order), []));

    [Fact]
    public void The_tools_that_a_dialogue_uses_are_always_named()
    {
        string[] all = ["finish", "add", "menu"];
        var random = new Random(1);
        var texts = Enumerable.Range(0, 50).Select(_ => DialogueForms.WithTools(Order, all, random)).ToArray();
        Assert.All(texts, text => Assert.Matches("Tools: [^\\n]*add", text));
        Assert.Contains(texts, text => text.Contains("Tools: add<|im_end|>"));
        Assert.Contains(texts, text => text.Contains("Tools: finish, add, menu<|im_end|>"));
        Assert.Contains(texts, text => text.StartsWith("<|im_start|>system\nYou are", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"a":[1,2.50,{"b":null}],"c":true}""", """{"a": [1, 2.50, {"b": null}], "c": true}""")]
    [InlineData("""{"q":"it's <b> \u00e9 \"x\" \\ \n"}""", "{\"q\": \"it's <b> \u00e9 \\\"x\\\" \\\\ \\n\"}")]
    [InlineData("[]", "[]")]
    public void Json_is_written_as_python_writes_it(string json, string expected)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(expected, PythonJson.Write(document.RootElement));
    }
}
