namespace OrleansInfer.Engine.Tests;

public class SelectionTests
{
    [Fact]
    public void Moves_to_the_front_what_a_full_sort_puts_there()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 2000; trial++)
        {
            var weights = RandomWeights(random, random.Next(1, 400));
            var keys = weights.Select((weight, i) => Selection.KeyOf(weight, i)).ToArray();
            var sorted = keys.OrderDescending().ToArray();
            var target = 1 + (long)(random.NextDouble() * (weights.Sum(weight => (long)weight) - 1));

            var count = random.Next(1, keys.Length + 1);
            var byCount = keys.ToArray();
            Selection.MoveGreatest(byCount, count);
            Assert.Equal(sorted[..count], byCount[..count].OrderDescending());

            var numKept = Selection.MoveNucleus(keys, target);
            Assert.Equal(sorted[..numKept], keys[..numKept].OrderDescending());
            var sum = sorted[..numKept].Sum(key => (long)(key >> 32));
            Assert.True(sum >= target && sum - (long)(sorted[numKept - 1] >> 32) < target);
        }
    }

    [Fact]
    public void The_key_of_a_logit_orders_by_value_then_by_lower_index()
    {
        float[] ascending = [float.NegativeInfinity, float.MinValue, -1, -float.Epsilon, 0, float.Epsilon, 1, float.MaxValue];
        for (var i = 1; i < ascending.Length; i++) Assert.True(Selection.KeyOf(ascending[i], 9) > Selection.KeyOf(ascending[i - 1], 0));
        Assert.Equal(Selection.KeyOf(0f, 5), Selection.KeyOf(-0f, 5));
        Assert.True(Selection.KeyOf(1f, 5) > Selection.KeyOf(1f, 6));
        Assert.Equal(123_456, Selection.IndexOf(Selection.KeyOf(-2f, 123_456)));
    }

    static int[] RandomWeights(Random random, int length)
    {
        var most = random.Next(3) switch { 0 => 2, 1 => 100, _ => TokenWeights.One };
        return Enumerable.Range(0, length).Select(_ => 1 + random.Next(most)).ToArray();
    }
}
