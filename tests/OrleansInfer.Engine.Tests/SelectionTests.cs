namespace OrleansInfer.Engine.Tests;

public class SelectionTests
{
    [Fact]
    public void Moves_to_the_front_what_a_full_sort_puts_there()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 2000; trial++)
        {
            var keys = new ulong[random.Next(1, 400)];
            for (var i = 0; i < keys.Length; i++) keys[i] = Selection.KeyOf(random.Next(1 << random.Next(30)), i);
            var (sorted, count) = (keys.OrderDescending().ToArray(), random.Next(1, keys.Length + 1));
            Selection.MoveGreatest(keys, count);
            Assert.Equal(sorted[..count], keys[..count].OrderDescending());
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
}
