using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

/// <summary>
/// Thousands of requests arrive, are aborted, share prefixes and fight for blocks, from a seed. After every step the engine is whole; every
/// request ends once, with the tokens it would have had alone.
/// </summary>
public class SimulationTests
{
    const int NumRequests = 250;

    static readonly string[] Salts = ["", "tenant-a", "tenant-b"];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_request_ends_once_with_the_tokens_it_has_alone(int seed)
    {
        var (model, driver, requests, answers, aborted, _) = Simulate(seed);
        for (var i = 0; i < requests.Count; i++)
            AssertEqualsReference(model, driver.Engine.MaxModelLen, requests[i], answers[i], aborted.Contains(i));
        AssertNoSharingAcrossSalts(requests, answers);
    }

    [Fact]
    public void The_simulation_reaches_every_corner()
    {
        var runs = Enumerable.Range(1, 8).Select(Simulate).ToList();
        Assert.InRange(runs.Sum(run => run.Driver.Engine.NumPreemptions), 200, int.MaxValue);
        Assert.InRange(runs.Sum(run => run.NumChunks), 200, int.MaxValue);
        Assert.InRange(runs.Sum(run => run.Aborted.Count), 50, int.MaxValue);
        Assert.InRange(runs.Sum(run => run.Answers.Count(answer => answer.NumCachedTokens > 0)), 100, int.MaxValue);
        foreach (var reason in new[] { FinishReason.Stop, FinishReason.Length, FinishReason.Abort })
            Assert.True(runs.Sum(run => run.Answers.Count(answer => answer.Reason == reason)) > 40, $"{reason} is rare.");
    }

    static Run Simulate(int seed)
    {
        var random = new Random(seed);
        var model = new PagedHashModel(vocabSize: random.Next(5, 80), maxModelLen: random.Next(20, 97));
        var driver = new EngineDriver(model, RandomOptions(random, model));
        var prefixes = Enumerable.Range(0, 4).Select(_ => RandomTokens(random, model, driver.Engine.MaxModelLen)).ToArray();
        var run = new Run(model, driver, [], [], [], 0);
        model.OnForward = batch => run.NumChunks += batch.Sequences.Length - batch.NumLogitsRows;
        var arrivalRate = 1 + random.NextDouble() * 5;
        while (run.Requests.Count < NumRequests || driver.Engine.HasUnfinished)
        {
            var arrivals = Math.Min(random.Next(1 + (int)(arrivalRate * random.NextDouble())), NumRequests - run.Requests.Count);
            while (arrivals-- > 0)
            {
                run.Requests.Add(RandomRequest(random, model, driver.Engine.MaxModelLen, prefixes, run.Requests.Count));
                run.Answers.Add(driver.Add(run.Requests[^1]));
            }
            if (run.Requests.Count > 0 && random.Next(40) == 0) Abort(run, random.Next(run.Requests.Count));
            var (mayRun, before) = (driver.Engine.Load is { Running: > 0 } or { Waiting: > 0 }, model.NumPasses);
            driver.Step();
            Assert.Equal(mayRun ? before + 1 : before, model.NumPasses);
        }
        return run;
    }

    public static IEnumerable<TheoryDataRow<int>> Seeds() => Enumerable.Range(1, 40).Select(seed => new TheoryDataRow<int>(seed));

    static EngineOptions RandomOptions(Random random, PagedHashModel model)
    {
        var (maxNumSeqs, blockSize) = (random.Next(1, 12), random.Next(1, 9));
        var forOne = (model.MaxModelLen + blockSize - 1) / blockSize;
        return new EngineOptions
        {
            MaxNumSeqs = maxNumSeqs,
            MaxNumBatchedTokens = maxNumSeqs + random.Next(0, 60),
            BlockSize = blockSize,
            NumBlocks = forOne + random.Next(0, 3) * random.Next(0, forOne),
            EnablePrefixCaching = random.Next(4) > 0,
        };
    }

    static int[] RandomTokens(Random random, PagedHashModel model, int length) =>
        Enumerable.Range(0, length).Select(_ => random.Next(model.VocabSize)).ToArray();

    static GenerationRequest RandomRequest(Random random, PagedHashModel model, int maxModelLen, int[][] prefixes, int index)
    {
        var length = random.Next(1, maxModelLen);
        var prefix = prefixes[random.Next(prefixes.Length)];
        var shared = random.Next(0, length + 1);
        var request = EngineDriver.Request($"r{index}", [.. prefix[..shared], .. RandomTokens(random, model, length - shared)],
            RandomSampling(random, model), (ulong)random.NextInt64(), random.Next(3), Salts[random.Next(Salts.Length)]);
        if (random.Next(5) > 0) return request;
        // A replay: part of the answer is in the journal.
        var (tokenIds, _) = ReferenceGenerator.Generate(model, request, maxModelLen);
        return request with { CommittedTokenIds = tokenIds[..random.Next(0, tokenIds.Count + 1)] };
    }

    static SamplingParams RandomSampling(Random random, PagedHashModel model) => new()
    {
        MaxTokens = random.Next(4) == 0 ? null : random.Next(1, 40),
        Temperature = random.Next(3) == 0 ? 0 : (float)random.NextDouble() * 2,
        TopP = random.Next(2) == 0 ? 1 : 0.05f + 0.95f * (float)random.NextDouble(),
        TopK = random.Next(2) == 0 ? 0 : random.Next(1, model.VocabSize + 3),
        MinP = random.Next(3) > 0 ? 0 : (float)random.NextDouble(),
        FrequencyPenalty = random.Next(3) > 0 ? 0 : (float)random.NextDouble() * 4 - 2,
        RepetitionPenalty = random.Next(3) > 0 ? 1 : 0.1f + (float)random.NextDouble(),
        StopTokenIds = random.Next(2) == 0 ? [] : [random.Next(model.VocabSize)],
        IgnoreEos = random.Next(2) == 0,
    };

    static void Abort(Run run, int index)
    {
        if (run.Answers[index].Reason is null) run.Aborted.Add(index);
        run.Driver.Engine.Abort(run.Requests[index].RequestId, run.Requests[index].Choice);
        run.Driver.Engine.CheckIntegrity();
    }

    static void AssertEqualsReference(
        PagedHashModel model, int maxModelLen, GenerationRequest request, EngineDriver.Answer answer, bool aborted)
    {
        var (tokenIds, reason) = ReferenceGenerator.Generate(model, request, maxModelLen);
        var wasCommitted = request.CommittedTokenIds.Count;
        if (aborted && answer.Reason == FinishReason.Abort)
        {
            Assert.Equal(tokenIds.Skip(wasCommitted).Take(answer.TokenIds.Count), answer.TokenIds);
            return;
        }
        Assert.Equal(tokenIds.Skip(wasCommitted), answer.TokenIds);
        Assert.Equal(reason, answer.Reason);
    }

    static void AssertNoSharingAcrossSalts(List<GenerationRequest> requests, List<EngineDriver.Answer> answers)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            var mine = requests[i];
            var most = requests.Select((other, j) => (other, j))
                .Where(pair => pair.j != i && pair.other.CacheSalt == mine.CacheSalt)
                .Select(pair => CommonPrefix(Tokens(pair.other, answers[pair.j]), Tokens(mine, answers[i])))
                .DefaultIfEmpty(0).Max();
            Assert.InRange(answers[i].NumCachedTokens, 0, most);
        }
    }

    static int CommonPrefix(IEnumerable<int> a, IEnumerable<int> b) => a.Zip(b).TakeWhile(both => both.First == both.Second).Count();

    static IEnumerable<int> Tokens(GenerationRequest request, EngineDriver.Answer answer) =>
        request.PromptTokenIds.Concat(request.CommittedTokenIds).Concat(answer.TokenIds);

    record Run(
        PagedHashModel Model, EngineDriver Driver, List<GenerationRequest> Requests, List<EngineDriver.Answer> Answers,
        HashSet<int> Aborted, int NumChunks)
    {
        public int NumChunks { get; set; } = NumChunks;
    }
}
