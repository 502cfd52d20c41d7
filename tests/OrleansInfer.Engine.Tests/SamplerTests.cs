using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

public class SamplerTests
{
    static readonly int[] Prompt = [3, 1, 4, 1, 5];

    [Theory]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Chooses_what_the_reference_with_full_sorts_chooses(int vocabSize)
    {
        var random = new Random(vocabSize);
        var sampler = new Sampler(vocabSize);
        for (var trial = 0; trial < 3000; trial++)
        {
            var (logits, request, output) = RandomCase(random, vocabSize);
            var sequence = new Sequence(request with { CommittedTokenIds = output }, 0, 10_000);
            Assert.Equal(ReferenceSampler.Sample(request, output, logits), sampler.Sample(sequence, logits).TokenId);
        }
    }

    [Fact]
    public void Draws_as_often_as_the_probabilities_say()
    {
        const int Draws = 40_000;
        float[] logits = [1, 0, -1, 2, -30];
        var counts = new int[logits.Length];
        var sampler = new Sampler(logits.Length);
        for (var seed = 0; seed < Draws; seed++)
            counts[sampler.Sample(SequenceOf(new SamplingParams { Temperature = 0.8f }, seed: (ulong)seed), logits).TokenId]++;
        var sum = logits.Sum(logit => Math.Exp(logit / 0.8));
        for (var id = 0; id < logits.Length; id++)
        {
            var p = Math.Exp(logits[id] / 0.8) / sum;
            Assert.InRange(counts[id], Draws * p - 5 * Math.Sqrt(Draws * p) - 1, Draws * p + 5 * Math.Sqrt(Draws * p) + 1);
        }
    }

    [Fact]
    public void Of_equal_logits_greedy_takes_the_lowest_id()
    {
        var logits = new float[300];
        logits[41] = logits[42] = logits[299] = 3;
        Assert.Equal(41, new Sampler(300).Sample(SequenceOf(new SamplingParams { Temperature = 0 }), logits).TokenId);
    }

    [Fact]
    public void The_temperature_nearest_to_nothing_is_greedy()
    {
        float[] logits = [0, 1, 0.999f];
        foreach (var temperature in new[] { float.Epsilon, 1e-38f, 9e-6f, 1e-4f })
            Assert.Equal(1, new Sampler(3).Sample(SequenceOf(new SamplingParams { Temperature = temperature }), logits).TokenId);
    }

    [Fact]
    public void Logprobs_are_of_the_raw_logits_best_first_with_the_token_itself()
    {
        var random = new Random(5);
        var sampler = new Sampler(500);
        for (var trial = 0; trial < 200; trial++)
        {
            var logits = Enumerable.Range(0, 500).Select(_ => MathF.Round(random.NextSingle() * 20) / 2).ToArray();
            var p = new SamplingParams { Logprobs = trial % 21, Temperature = 1.5f, LogitBias = new Dictionary<int, float> { [17] = 100 } };
            var (token, logprobs) = sampler.Sample(SequenceOf(p), logits);
            var expected = ReferenceSampler.Logprobs(logits);
            Assert.Equal(17, token);
            Assert.Equal(expected[17], logprobs!.Logprob, 1e-5f);
            var best = Enumerable.Range(0, 500).OrderByDescending(id => logits[id]).ThenBy(id => id).Take(trial % 21);
            Assert.Equal(best, logprobs.Top.Select(top => top.TokenId));
            Assert.All(logprobs.Top, top => Assert.Equal(expected[top.TokenId], top.Logprob, 1e-5f));
        }
    }

    [Fact]
    public void Stop_tokens_are_masked_until_min_tokens()
    {
        float[] logits = [0, 9, 8, 1]; // 1 is the end of sequence, 2 a stop token
        var p = new SamplingParams { Temperature = 0, MinTokens = 2, StopTokenIds = [2] };
        var sampler = new Sampler(4);
        Assert.Equal(3, sampler.Sample(SequenceOf(p, output: [0]), logits).TokenId);
        Assert.Equal(1, sampler.Sample(SequenceOf(p, output: [0, 0]), logits).TokenId);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_no_numbers_give_no_token(float bad)
    {
        var logits = new float[100];
        logits[77] = bad;
        Assert.Equal(-1, new Sampler(100).Sample(SequenceOf(new SamplingParams()), logits).TokenId);
        Assert.Equal(-1, new Sampler(100).Sample(SequenceOf(new SamplingParams { Temperature = 0 }), logits).TokenId);
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(0.8f, 1f)]
    [InlineData(0.8f, 0.9f)]
    public void Sampling_a_token_allocates_nothing(float temperature, float topP)
    {
        var logits = Enumerable.Range(0, 5000).Select(i => (float)Math.Sin(i) * 5).ToArray();
        var sampler = new Sampler(5000);
        var sequence = SequenceOf(new SamplingParams { Temperature = temperature, TopP = topP, TopK = 100 });
        for (var i = 0; i < 100; i++) sampler.Sample(sequence, logits);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) sampler.Sample(sequence, logits);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    static Sequence SequenceOf(SamplingParams p, ulong seed = 7, int[]? output = null) =>
        new(EngineDriver.Request("r", Prompt, p, seed) with { CommittedTokenIds = output ?? [] }, 0, 10_000);

    static (float[] Logits, GenerationRequest Request, List<int> Output) RandomCase(Random random, int vocabSize)
    {
        // Rounded logits make ties; wide ones make a nucleus of few tokens, narrow ones of many.
        var (width, isRounded) = (random.Next(1, 40), random.Next(2) == 0);
        var logits = Enumerable.Range(0, vocabSize).Select(_ => (random.NextSingle() - 0.5f) * width)
            .Select(logit => isRounded ? MathF.Round(logit) : logit).ToArray();
        if (random.Next(10) == 0) logits[random.Next(vocabSize)] = float.NegativeInfinity;
        var output = Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(vocabSize)).ToList();
        var p = new SamplingParams
        {
            Temperature = random.Next(6) == 0 ? 0 : 0.01f + random.NextSingle() * 2,
            TopP = random.Next(2) == 0 ? 1 : Math.Max(float.Epsilon, random.NextSingle()),
            TopK = random.Next(2) == 0 ? 0 : random.Next(1, vocabSize + 5),
            MinP = random.Next(2) == 0 ? 0 : random.NextSingle(),
            PresencePenalty = random.Next(3) == 0 ? random.NextSingle() * 4 - 2 : 0,
            FrequencyPenalty = random.Next(3) == 0 ? random.NextSingle() * 4 - 2 : 0,
            RepetitionPenalty = random.Next(3) == 0 ? 0.1f + random.NextSingle() : 1,
            LogitBias = random.Next(3) == 0 ? new Dictionary<int, float> { [random.Next(vocabSize)] = random.Next(-100, 100) } : null,
            MinTokens = random.Next(10),
            StopTokenIds = [random.Next(vocabSize)],
        };
        var prompt = Enumerable.Range(0, 5).Select(_ => random.Next(vocabSize)).ToArray();
        return (logits, EngineDriver.Request("r", prompt, p, (ulong)random.NextInt64(), random.Next(4)), output);
    }
}
