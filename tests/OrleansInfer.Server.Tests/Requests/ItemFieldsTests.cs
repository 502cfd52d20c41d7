using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class ItemFieldsTests
{
    [Theory]
    [InlineData("\"hi\"", "user", "hi")]
    [InlineData("""[{"role":"user","content":"hi"}]""", "user", "hi")]
    [InlineData("""[{"type":"message","role":"developer","content":[{"type":"input_text","text":"hi"}]}]""", "developer", "hi")]
    [InlineData("""[{"role":"system","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]}]""", "system", "a\nb")]
    [InlineData("""
        [{"type":"message","id":"msg_1","status":"completed","role":"assistant","phase":null,
          "content":[{"type":"output_text","text":"ho","annotations":[],"logprobs":[]}]}]
        """, "assistant", "ho")]
    [InlineData("""[{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]""", "assistant", "no")]
    public void A_message_is_read_from_a_string_or_parts_of_text(string json, string role, string content) =>
        Assert.Equal([new ChatMessage(role, content)], Read(json).Select(item => item.Message));

    [Fact]
    public void Calls_and_outputs_of_functions_become_messages_of_the_chat_template()
    {
        var items = Read("""
            [{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"a\":1}","status":"completed"},
             {"type":"function_call_output","call_id":"call_1","output":"42"},
             {"type":"function_call_output","call_id":"call_2","output":[{"type":"input_text","text":"43"}]}]
            """);
        var call = items[0].Message!;
        Assert.Equal(("assistant", null, true), (call.Role, call.Content, call.Joins));
        Assert.Equal("""[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]""", call.ToolCallsJson);
        Assert.Equal([new("tool", "42") { ToolCallId = "call_1" }, new("tool", "43") { ToolCallId = "call_2" }],
            items.Skip(1).Select(item => item.Message));
    }

    [Theory]
    [InlineData("""[{"type":"item_reference","id":"msg_x"}]""")]
    [InlineData("""[{"id":"msg_x"}]""")]
    public void A_reference_is_kept_for_whoever_has_the_conversations(string json) =>
        Assert.Equal([new InputItem(null, "msg_x", "items[0]")], Read(json));

    [Theory]
    [InlineData("1", "items", "invalid_type")]
    [InlineData("""[1]""", "items[0]", "invalid_type")]
    [InlineData("""[{}]""", "items[0].role", "missing_required_parameter")]
    [InlineData("""[{"role":"user"}]""", "items[0].content", "missing_required_parameter")]
    [InlineData("""[{"role":"tool","content":"x"}]""", "items[0].role")]
    [InlineData("""[{"role":"user","content":1}]""", "items[0].content", "invalid_type")]
    [InlineData("""[{"role":"user","content":"x","mood":"bad"}]""", "items[0].mood", "unknown_parameter")]
    [InlineData("""[{"role":"user","content":[{"type":"input_image","image_url":"x"}]}]""", "items[0].content[0].type", Unsupported)]
    [InlineData("""[{"role":"user","content":[{"type":"input_file","file_id":"x"}]}]""", "items[0].content[0].type", Unsupported)]
    [InlineData("""[{"role":"user","content":[{"type":"input_text"}]}]""", "items[0].content[0].text", "missing_required_parameter")]
    [InlineData("""[{"type":"web_search_call","id":"ws_1"}]""", "items[0].type", Unsupported)]
    [InlineData("""[{"type":"item_reference"}]""", "items[0].id", "missing_required_parameter")]
    [InlineData("""[{"type":"function_call","name":"f","arguments":"{}"}]""", "items[0].call_id", "missing_required_parameter")]
    [InlineData("""[{"type":"function_call","call_id":"","name":"f","arguments":"{}"}]""", "items[0].call_id")]
    [InlineData("""[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]""", "items[0].arguments", "invalid_type")]
    [InlineData("""[{"type":"function_call_output","call_id":"c"}]""", "items[0].output", "missing_required_parameter")]
    public void What_cannot_be_read_is_refused_by_its_place(string json, string param, string code = "invalid_value")
    {
        var error = RequestCase.Refusal(() => Read(json));
        Assert.Equal((400, param, code), (error.Status, error.Param, error.Code));
    }

    const string Unsupported = "unsupported_parameter";

    static IReadOnlyList<InputItem> Read(string json)
    {
        using var value = JsonDocument.Parse(json, WireJson.Reader);
        return ItemFields.Read(value.RootElement, "items");
    }
}
