using System.Text.Json.Nodes;
using OrleansInfer.Models;

namespace OrleansInfer.Training.Tests;

/// <summary>The template that is shipped renders what was trained: any difference is a prompt the model has never seen.</summary>
public sealed class ChatTemplateTests
{
    static readonly ChatTemplate Template = new(ChatFormat.Template);

    static readonly Dialogue Order = new("1",
    [
        new("system", "Be brief.", []),
        new("user", "a <latte> & \"two\" caf\u00e9s", []),
        new("assistant", "", [new("add", """{"item": "latte", "size": [1, {"a": null}]}"""), new("menu", "{}")]),
        new("tool", """{"id":"7"}""", []),
        new("assistant", "One moment.", [new("finish", """{"id": "7"}""")]),
        new("tool", """{"ok":true}""", []),
        new("assistant", "Done.", []),
    ]);

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    public void Renders_the_training_text_whether_arguments_are_text_or_objects(bool asObject, int tools)
    {
        string[] names = [.. new[] { "add", "finish" }.Take(tools)];
        Assert.Equal(ChatFormat.Render(Order, names), Render(Order, names, asObject));
        var withoutSystem = Order with { Messages = [.. Order.Messages.Skip(1)] };
        Assert.Equal(ChatFormat.Render(withoutSystem, names), Render(withoutSystem, names, asObject));
    }

    [Fact]
    public void Renders_the_corpus_as_it_was_trained()
    {
        var path = Path.Combine(Repository.Root, "../shared/data/coffee-dialogs/valid.jsonl");
        if (!File.Exists(path))
            Assert.Skip("../shared/data/coffee-dialogs is not there.");
        foreach (var dialogue in DialogueReader.Read(path))
        {
            Assert.Equal(ChatFormat.Render(dialogue, ["add"]), Render(dialogue, ["add"], asObject: true));
            var spoken = DialogueForms.Spoken(dialogue);
            Assert.Equal(ChatFormat.Render(spoken, []), Render(spoken, [], asObject: false));
        }
    }

    [Fact]
    public void A_prompt_ends_where_the_assistant_is_to_speak()
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "hi" });
        Assert.Equal(
            "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
            Render(new JsonObject { ["messages"] = messages, ["add_generation_prompt"] = true }));
    }

    [Fact]
    public void A_developer_speaks_as_the_system_and_an_empty_one_says_nothing()
    {
        JsonArray Messages(string? lead) => new(
            new JsonObject { ["role"] = "developer", ["content"] = lead }, new JsonObject { ["role"] = "user", ["content"] = "hi" });
        Assert.Equal(
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n",
            Render(new JsonObject { ["messages"] = Messages("Be kind.") }));
        Assert.Equal("<|im_start|>user\nhi<|im_end|>\n", Render(new JsonObject { ["messages"] = Messages(null) }));
    }

    static string Render(Dialogue dialogue, string[] tools, bool asObject) => Render(new JsonObject
    {
        ["messages"] = new JsonArray([.. dialogue.Messages.Select(m => Message(m, asObject))]),
        ["tools"] = tools.Length == 0 ? null : new JsonArray([.. tools.Select(name => Function(name))]),
    });

    static string Render(JsonObject request)
    {
        using var document = System.Text.Json.JsonDocument.Parse(request.ToJsonString());
        return Template.Render(document.RootElement);
    }

    static JsonObject Message(DialogueMessage message, bool asObject) => new()
    {
        ["role"] = message.Role,
        ["content"] = message.Content.Length == 0 ? null : message.Content,
        ["tool_calls"] = message.ToolCalls.Count == 0 ? null : new JsonArray([.. message.ToolCalls.Select(call =>
        {
            var function = Function(call.Name);
            function["function"]!["arguments"] = asObject ? JsonNode.Parse(call.Arguments) : call.Arguments;
            return function;
        })]),
    };

    static JsonObject Function(string name) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = name },
    };
}
