namespace OrleansInfer.Server.Tests;

public sealed class PredictionTests
{
    [Fact]
    public void A_flat_row_is_as_surprised_as_its_vocabulary_is_large()
    {
        var prediction = Prediction.Of([3f, 3f, 3f, 3f, 3f], [], 2);
        Assert.Equal(Math.Log(5), prediction.Loss, 12);
    }

    [Fact]
    public void Nothing_diverges_from_itself()
    {
        float[] row = [1f, -2f, 30f, 29f, 0.5f];
        var prediction = Prediction.Of(row, row, 3);
        Assert.Equal((0, true), (prediction.Divergence, prediction.SameTop));
        Assert.Equal(prediction.Loss, prediction.ReferenceLoss);
    }

    [Fact]
    public void The_divergence_weighs_by_the_reference()
    {
        // (3/4, 1/4) is the reference's distribution, (1/4, 3/4) the model's
        var prediction = Prediction.Of([0f, MathF.Log(3)], [MathF.Log(3), 0f], 0);
        Assert.Equal(0.75 * Math.Log(3) - 0.25 * Math.Log(3), prediction.Divergence, 6);
        Assert.Equal(Math.Log(4), prediction.Loss, 6);
        Assert.Equal(Math.Log(4.0 / 3), prediction.ReferenceLoss, 6);
        Assert.False(prediction.SameTop);
    }

    [Fact]
    public void Logits_beyond_the_range_of_exp_are_no_trouble()
    {
        var prediction = Prediction.Of([20_000f, -20_000f, 19_999f], [0f, 0f, -20_000f], 2);
        Assert.Equal(1 + Math.Log(1 + Math.Exp(-1)), prediction.Loss, 9);
        Assert.Equal(20_000, prediction.Divergence, 0);
    }
}
