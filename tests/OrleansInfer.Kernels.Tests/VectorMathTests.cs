using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels.Tests;

public sealed class VectorMathTests
{
    [Fact]
    public void Exp_is_within_two_parts_in_ten_million()
    {
        for (var x = -87.0; x <= 87; x += 0.00137)
        {
            var value = (float)x;
            var expected = Math.Exp(value);
            var actual = VectorMath.Exp(Vector512.Create(value)).ToScalar();
            Assert.True(Math.Abs(actual - expected) <= 2e-7 * expected, $"exp({value}) = {actual}, not {expected}");
        }
    }

    [Fact]
    public void Exp_of_the_edges_is_finite_and_of_zero_exactly_one()
    {
        Assert.Equal(1f, VectorMath.Exp(Vector512<float>.Zero).ToScalar());
        Assert.Equal(VectorMath.Exp(Vector512.Create(-87f)), VectorMath.Exp(Vector512.Create(float.NegativeInfinity)));
        Assert.Equal(VectorMath.Exp(Vector512.Create(87f)), VectorMath.Exp(Vector512.Create(float.PositiveInfinity)));
        Assert.True(float.IsNaN(VectorMath.Exp(Vector512.Create(float.NaN)).ToScalar()));
    }

    [Fact]
    public void Exp2_is_within_one_part_in_ten_million()
    {
        for (var x = -125.0; x <= 0; x += 0.000173)
        {
            var value = (float)x;
            var expected = Math.Pow(2, value);
            var actual = VectorMath.Exp2(Vector512.Create(value)).ToScalar();
            Assert.True(Math.Abs(actual - expected) <= 1e-7 * expected, $"2^{value} = {actual}, not {expected}");
        }
    }

    [Fact]
    public void Exp2_of_the_edges_is_finite_and_of_zero_exactly_one()
    {
        Assert.Equal(1f, VectorMath.Exp2(Vector512<float>.Zero).ToScalar());
        Assert.Equal(VectorMath.Exp2(Vector512.Create(-125f)), VectorMath.Exp2(Vector512.Create(float.NegativeInfinity)));
        Assert.True(float.IsNaN(VectorMath.Exp2(Vector512.Create(float.NaN)).ToScalar()));
    }

    [Fact]
    public void Sum_and_max_take_every_lane()
    {
        for (var lane = 0; lane < VectorMath.Lanes; lane++)
        {
            var v = Vector512.Create(-2f).WithElement(lane, 3f);
            Assert.Equal(3 - 2 * 15, VectorMath.Sum(v));
            Assert.Equal(3, VectorMath.Max(v));
        }
    }

    [Fact]
    public unsafe void Bfloat16_rounds_to_nearest_even_and_keeps_NaN_a_NaN()
    {
        float[] values =
        [
            0, -0f, 1, -1, 1.00390625f, 1.01171875f, 1.003906369f, 3.4028235e38f, float.PositiveInfinity, float.NegativeInfinity,
            float.NaN, BitConverter.UInt32BitsToSingle(0x7f800001), BitConverter.UInt32BitsToSingle(0xffffffff), 1e-40f, 0.1f, -123.456f,
        ];
        ushort[] expected =
        [
            0, 0x8000, 0x3f80, 0xbf80, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0x7f80, 0xff80, 0x7fc0, 0x7fc0, 0xffff, 1, 0x3dcd, 0xc2f7,
        ];
        var vector = new ushort[16];
        fixed (float* v = values)
        fixed (ushort* to = vector)
        {
            v[10] = BitConverter.UInt32BitsToSingle(0x7fc00000); // the quiet NaN without a sign, whatever the compiler folds NaN to
            BFloat16Element.Store(to, 0, Vector512.Load(v));
        }

        Assert.Equal(expected, vector);
        Assert.Equal(expected, values.Select(BFloat16Element.FromFloat));
    }

    [Fact]
    public unsafe void Bfloat16_reads_back_every_value()
    {
        var from = stackalloc ushort[16];
        for (var start = 0; start < 65536; start += 16)
        {
            for (var i = 0; i < 16; i++) from[i] = (ushort)(start + i);
            var read = BFloat16Element.Load(from, 0).AsUInt32();
            for (var i = 0; i < 16; i++) Assert.Equal((uint)from[i] << 16, read.GetElement(i));
        }
    }
}
