namespace OrleansInfer.Models.Tests;

/// <summary>Expected values: the formulas of Hugging Face transformers' modeling_rope_utils, worked out in Python.</summary>
public sealed class RopeConfigTests
{
    [Fact]
    public void Default_frequencies_fall_geometrically()
    {
        float[] expected = [1, 0.177827941f, 0.0316227766f, 0.00562341325f]; // 1000^(-2i/8)
        Assert.Equal(expected, new RopeConfig { Type = "default", Theta = 1000 }.InverseFrequencies(8));
    }

    [Fact]
    public void Linear_divides_every_frequency()
    {
        var plain = new RopeConfig { Type = "default", Theta = 10_000 }.InverseFrequencies(64);
        var stretched = new RopeConfig { Type = "linear", Theta = 10_000, Factor = 4 }.InverseFrequencies(64);
        for (var i = 0; i < plain.Length; i++) Assert.Equal(plain[i] / 4, stretched[i], 1e-9f);
    }

    [Fact]
    public void Llama3_keeps_short_waves_and_stretches_long_ones()
    {
        var rope = new RopeConfig
        {
            Type = "llama3", Theta = 500_000, Factor = 8, LowFreqFactor = 1, HighFreqFactor = 4, OriginalMaxPositions = 8192,
        };
        var plain = new RopeConfig { Type = "default", Theta = 500_000 }.InverseFrequencies(128);
        var scaled = rope.InverseFrequencies(128);
        for (var i = 0; i < plain.Length; i++)
        {
            var wavelength = 2 * Math.PI / plain[i];
            if (wavelength < 8192 / 4.0) Assert.Equal(plain[i], scaled[i]);
            else if (wavelength > 8192) Assert.Equal(plain[i] / 8, scaled[i], 1e-9f);
            else Assert.InRange(scaled[i], plain[i] / 8, plain[i]);
        }
    }

    [Fact]
    public void Yarn_blends_between_the_two_betas()
    {
        var rope = new RopeConfig { Type = "yarn", Theta = 1_000_000, Factor = 4, OriginalMaxPositions = 32768 };
        var plain = new RopeConfig { Type = "default", Theta = 1_000_000 }.InverseFrequencies(128);
        var scaled = rope.InverseFrequencies(128);
        // find_correction_range(32, 1, 128, 1e6, 32768) = (23, 40)
        for (var i = 0; i <= 23; i++) Assert.Equal(plain[i], scaled[i]);
        for (var i = 40; i < 64; i++) Assert.Equal(plain[i] / 4, scaled[i], 1e-9f);
        var ramp = (30 - 23) / 17.0;
        Assert.Equal((float)(plain[30] / 4.0 * ramp + plain[30] * (1 - ramp)), scaled[30], 1e-9f);
        Assert.Equal(131072, rope.Stretch(32768));
    }
}
