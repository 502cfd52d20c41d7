namespace OrleansInfer.Engine.Tests;

public class TokenWeightsTests
{
    [Fact]
    public void A_weight_is_the_exponential_in_units_of_two_to_the_minus_thirty()
    {
        var logits = Enumerable.Range(0, 30_011).Select(i => -i * 0.001f).Append(float.NegativeInfinity).ToArray();
        var weights = new int[logits.Length];
        TokenWeights.Compute(logits, 0, 1, weights);
        Assert.Equal(TokenWeights.One, weights[0]);
        for (var i = 0; i < logits.Length; i++)
        {
            var exact = Math.Exp(logits[i]) * TokenWeights.One;
            Assert.InRange(weights[i], exact * (1 - 3e-7) - 0.51, exact * (1 + 3e-7) + 0.51);
        }
    }

    [Fact]
    public void A_weight_does_not_depend_on_where_the_logit_stands_nor_a_sum_on_the_length()
    {
        var random = new Random(1);
        for (var length = 1; length < 70; length++)
        {
            var logits = Enumerable.Range(0, length).Select(_ => random.NextSingle() * -30).ToArray();
            var (together, alone, sum) = (new int[length], new int[1], 0L);
            var given = TokenWeights.Compute(logits, 0, 0.7f, together);
            for (var i = 0; i < length; i++)
            {
                TokenWeights.Compute(logits.AsSpan(i, 1), 0, 0.7f, alone);
                Assert.Equal(alone[0], together[i]);
                sum += alone[0];
            }
            Assert.Equal(sum, given);
            Assert.Equal(sum, TokenWeights.Sum(together));
        }
    }

    [Fact]
    public void Max_and_its_first_index_are_found_at_every_place_of_every_length()
    {
        for (var length = 1; length < 70; length++)
            for (var place = 0; place < length; place++)
            {
                var logits = new float[length];
                Array.Fill(logits, -3);
                logits[place] = logits[^1] = 2;
                Assert.Equal(2, TokenWeights.Max(logits));
                Assert.Equal(place, TokenWeights.IndexOf(logits, 2));
                logits[place] = float.NaN;
                Assert.True(float.IsNaN(TokenWeights.Max(logits)));
            }
    }

    [Fact]
    public void Every_point_of_the_line_belongs_to_the_token_whose_part_it_is()
    {
        var weights = Enumerable.Range(0, 1500).Select(i => i % 3).ToArray();
        var point = 0L;
        for (var id = 0; id < weights.Length; id++)
            for (var i = 0; i < weights[id]; i++) Assert.Equal(id, TokenWeights.Locate(weights, point++));
        Assert.Equal(point, TokenWeights.Sum(weights));
    }
}
