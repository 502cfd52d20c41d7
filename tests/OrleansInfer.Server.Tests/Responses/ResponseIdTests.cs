namespace OrleansInfer.Server.Tests;

public sealed class ResponseIdTests
{
    [Fact]
    public void Names_a_conversation_and_a_turn()
    {
        var id = new ResponseId(ConversationId.New(), 0x1af);
        Assert.True(ResponseId.TryParse(id.ToString(), out var parsed));
        Assert.Equal(id, parsed);
        Assert.Equal($"resp_{id.Conversation.ToString()[5..]}000001af", id.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("resp_0123456789abcdef0123456789abcdef0000000")]
    [InlineData("resp_0123456789abcdef0123456789abcdef000000000")]
    [InlineData("resp_0123456789abcdef0123456789abcdefffffffff")]
    [InlineData("resp_0123456789ABCDEF0123456789abcdef00000000")]
    [InlineData("conv_0123456789abcdef0123456789abcdef00000000")]
    public void Refuses_what_is_none(string? text) => Assert.False(ResponseId.TryParse(text, out _));
}
