namespace OrleansInfer.Server.Tests;

public sealed class ResponseIdTests
{
    [Fact]
    public void Names_a_conversation_and_a_turn()
    {
        var id = ResponseId.New() with { Turn = 0x1af };
        Assert.Equal(id, ResponseId.TryParse(id.ToString()));
        Assert.EndsWith("000001af", id.ToString());
        Assert.Equal($"red/conv_{id.Conversation}", ResponseId.KeyOf("red", id.Conversation));
        Assert.Equal(id.Conversation, ResponseId.TryParseConversation($"conv_{id.Conversation}"));
        Assert.Equal($"msg_{id.Conversation}0000000b", id.ItemId(11));
    }

    [Theory]
    [InlineData("")]
    [InlineData("resp_0123456789abcdef0123456789abcdef0000000")]
    [InlineData("resp_0123456789abcdef0123456789abcdef000000000")]
    [InlineData("resp_0123456789abcdef0123456789abcdefffffffff")]
    [InlineData("resp_0123456789ABCDEF0123456789abcdef00000000")]
    [InlineData("resp_0123456789abcdef0123456789abcdef/0000000")]
    [InlineData("conv_0123456789abcdef0123456789abcdef00000000")]
    public void Refuses_what_is_none(string text)
    {
        Assert.Null(ResponseId.TryParse(text));
        Assert.Null(ResponseId.TryParseConversation(text));
    }
}
