namespace OrleansInfer.Training.Tests;

public sealed class DialogueReaderTests : IDisposable
{
    readonly string _path = Path.GetTempFileName();

    [Fact]
    public void Reads_content_and_tool_calls()
    {
        File.WriteAllText(_path, """
            {"id": "a", "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "tool_calls": [{"type": "function",
            "function": {"name": "f", "arguments": "{\"x\":1}"}}]}]}
            """.ReplaceLineEndings(" ") + "\n\n");
        var dialogue = Assert.Single(DialogueReader.Read(_path));
        Assert.Equal("a", dialogue.Id);
        Assert.Equal("hi", dialogue.Messages[0].Content);
        Assert.Equal(new ToolCall("f", """{"x": 1}"""), Assert.Single(dialogue.Messages[1].ToolCalls));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"id": "a"}""")]
    [InlineData("""{"messages": [{"role": "king", "content": "x"}]}""")]
    [InlineData("""{"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}]}""")]
    public void A_line_that_is_no_dialogue_is_refused_with_its_number(string line)
    {
        File.WriteAllText(_path, """{"messages": [{"role": "user", "content": "hi"}]}""" + "\n" + line);
        var fault = Assert.Throws<InvalidDataException>(() => DialogueReader.Read(_path));
        Assert.StartsWith($"{_path}:2: ", fault.Message);
    }

    public void Dispose() => File.Delete(_path);
}
