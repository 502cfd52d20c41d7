using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Engine.Tests;

public sealed class AllocationTests
{
    public static TheoryData<SamplingParams> Ways =>
    [
        new SamplingParams { Temperature = 0 },
        new SamplingParams { Temperature = 0.8f },
        new SamplingParams { Temperature = 0.8f, TopP = 0.9f, TopK = 20, MinP = 0.01f },
    ];

    /// <summary>But for what grows with a sequence, by doubling: its tokens, hashes and blocks.</summary>
    [Theory]
    [MemberData(nameof(Ways), DisableDiscoveryEnumeration = true)]
    public void A_decode_step_allocates_nothing(SamplingParams sampling)
    {
        using var model = new StillModel();
        var engine = new LLMEngine(model, new EngineOptions { NumBlocks = 200, EnablePrefixCaching = true });
        for (var i = 0; i < 8; i++) engine.Add(EngineDriver.Request($"{i}", [2, 3, i + 4], sampling with { IgnoreEos = true }, (ulong)i));
        Steps(engine, 50);

        Assert.Equal(0, Steps(engine, 24)); // across two blocks, to token 77: the arrays have doubled at 48 and do so again at 80
    }

    static long Steps(LLMEngine engine, int count)
    {
        var (before, tokens) = (GC.GetAllocatedBytesForCurrentThread(), 0);
        for (var i = 0; i < count; i++) tokens += engine.Step().Tokens.Length;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(8 * count, tokens);
        return allocated;
    }

    /// <summary>Gives the same logits every time, from the same memory.</summary>
    sealed class StillModel : ICausalLM
    {
        readonly float[] _logits = [.. Enumerable.Range(0, 8 * 100).Select(i => i * 37 % 101 / 10f)];

        public int VocabSize => 100;

        public int MaxModelLen => 256;

        public long KvBytesPerToken => 1;

        public void AllocateKvCache(int numBlocks, int blockSize)
        {
        }

        public ReadOnlySpan<float> Forward(ForwardBatch batch) => _logits.AsSpan(0, batch.NumLogitsRows * VocabSize);

        public void Dispose()
        {
        }
    }
}
