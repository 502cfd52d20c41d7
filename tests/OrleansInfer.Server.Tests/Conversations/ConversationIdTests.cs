namespace OrleansInfer.Server.Tests;

public sealed class ConversationIdTests
{
    const string Digits = "00112233445566778899aabbccddeeff";

    [Fact]
    public void Every_id_leads_to_the_grain()
    {
        Assert.True(ConversationId.TryParse("conv_" + Digits, out var id));
        Assert.Equal("acme/conv_" + Digits, id.KeyOf("acme"));
        foreach (var (kind, text) in ((ItemKind, string)[])
            [(ItemKind.Message, $"msg_{Digits}00000102"), (ItemKind.FunctionCall, $"fc_{Digits}00000102"),
                (ItemKind.FunctionCallOutput, $"fco_{Digits}00000102")])
        {
            Assert.Equal(text, id.ItemId(kind, 0x102));
            Assert.True(ConversationId.TryParseItem(text, out var found, out var number));
            Assert.Equal((id, 0x102), (found, number));
        }
        Assert.True(ConversationId.TryParse(ConversationId.Of(Guid.NewGuid()).ToString(), out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("conv_")]
    [InlineData("conv_00112233445566778899AABBCCDDEEFF")]
    [InlineData("conv_00112233445566778899aabbccddee/f")]
    [InlineData("conv_00112233445566778899aabbccddeeff0")]
    [InlineData("msg_00112233445566778899aabbccddeeff")]
    [InlineData("msg_00112233445566778899aabbccddeeff0000000g")]
    [InlineData("resp_00112233445566778899aabbccddeeff00000000")]
    public void What_is_no_id_is_none(string? text)
    {
        Assert.False(ConversationId.TryParse(text, out _));
        Assert.False(ConversationId.TryParseItem(text, out _, out _));
    }
}
