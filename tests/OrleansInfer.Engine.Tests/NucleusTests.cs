namespace OrleansInfer.Engine.Tests;

public class NucleusTests
{
    [Fact]
    public void Keeps_what_a_full_sort_keeps()
    {
        var random = new Random(4);
        for (var trial = 0; trial < 3000; trial++)
        {
            var weights = RandomWeights(random, random.Next(1, trial % 10 == 0 ? 5000 : 300));
            var (sum, topP) = (TokenWeights.Sum(weights), Math.Max(float.Epsilon, trial % 7 == 0 ? 0.9999999f : random.NextSingle()));
            var expected = Sorted(weights, sum, topP);
            Assert.Equal(expected.Sum(weight => (long)weight), Nucleus.Keep(weights, sum, topP, new ulong[weights.Length]));
            Assert.Equal(expected, weights);
        }
    }

    static int[] Sorted(int[] weights, long sum, float topP)
    {
        var (kept, held) = (new int[weights.Length], 0L);
        foreach (var id in Enumerable.Range(0, weights.Length).OrderByDescending(id => weights[id]).ThenBy(id => id))
        {
            if (held >= Math.Ceiling(sum * (double)topP) && held > 0) break;
            held += kept[id] = weights[id];
        }
        return kept;
    }

    // As few values as two make many ties; one token of weight One is always there.
    static int[] RandomWeights(Random random, int length)
    {
        var most = random.Next(3) switch { 0 => 2, 1 => 100, _ => TokenWeights.One };
        var weights = Enumerable.Range(0, length).Select(_ => random.Next(most)).ToArray();
        weights[random.Next(length)] = TokenWeights.One;
        if (random.Next(3) == 0) Array.Fill(weights, TokenWeights.One);
        return weights;
    }
}
