namespace OrleansInfer.Engine.Tests;

public class PhiloxTests
{
    // The known answers of Random123 1.14 (kat_vectors, philox4x32 10).
    [Theory]
    [InlineData(0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void Agrees_with_the_published_vectors(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block((c0, c1, c2, c3), k0, k1));

    [Fact]
    public void Every_seed_choice_and_position_has_its_own_bits()
    {
        var seen = new HashSet<ulong>();
        foreach (var seed in new ulong[] { 0, 1, 1UL << 32, ulong.MaxValue })
            for (var choice = 0; choice < 8; choice++)
                for (var position = 0; position < 500; position++)
                    Assert.True(seen.Add(Philox.Draw(seed, choice, position)));
    }
}
