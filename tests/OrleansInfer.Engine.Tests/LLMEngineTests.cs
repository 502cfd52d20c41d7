using System.ComponentModel.DataAnnotations;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

public class LLMEngineTests
{
    static readonly EngineOptions Small = new() { MaxNumSeqs = 4, MaxNumBatchedTokens = 16, BlockSize = 4, NumBlocks = 24 };
    static readonly SamplingParams Greedy = new() { Temperature = 0, MaxTokens = 12, IgnoreEos = true };

    [Fact]
    public void Tokens_are_the_same_in_chunks_cached_preempted_and_replayed()
    {
        var model = new PagedHashModel();
        var sampling = new SamplingParams { MaxTokens = 20, IgnoreEos = true, Temperature = 0.9f, TopP = 0.9f };
        var request = EngineDriver.Request("r", Prompt(30), sampling);
        var (expected, _) = ReferenceGenerator.Generate(model, request, 96);

        Assert.Equal(expected, EngineDriver.Alone(model, Small with { MaxNumBatchedTokens = 64 }, request).TokenIds);
        Assert.Equal(expected, EngineDriver.Alone(model, Small with { MaxNumBatchedTokens = 4 }, request).TokenIds);
        Assert.Equal(expected, EngineDriver.Alone(model, Small with { EnablePrefixCaching = false }, request).TokenIds);
        for (var committed = 0; committed < expected.Count; committed++)
            Assert.Equal(expected[committed..],
                EngineDriver.Alone(model, Small, request with { CommittedTokenIds = expected[..committed] }).TokenIds);

        var driver = new EngineDriver(model, Small with { NumBlocks = 24 });
        var twice = new[] { driver.Add(request), driver.Add(request with { RequestId = "s", PromptTokenIds = Prompt(50, 9) }) };
        driver.RunToEnd();
        Assert.Equal(expected, twice[0].TokenIds);
        Assert.Equal(expected, EngineDriver.Alone(model, Small, request).TokenIds);
    }

    [Fact]
    public void Preempts_the_newest_sequence_when_blocks_run_out_and_resumes_it_first()
    {
        var driver = new EngineDriver(new PagedHashModel(maxModelLen: 40), Small with { NumBlocks = 10 });
        var old = driver.Add(EngineDriver.Request("old", Prompt(12), Greedy with { MaxTokens = 24 }));
        var newer = driver.Add(EngineDriver.Request("newer", Prompt(12, 5), Greedy with { MaxTokens = 20 }));
        while (driver.Engine.NumPreemptions == 0) driver.Step();
        Assert.Equal(1, driver.Engine.Load.Running);
        var late = driver.Add(EngineDriver.Request("late", Prompt(30, 6), Greedy));
        while (newer.Reason is null) driver.Step();
        Assert.NotNull(old.Reason);
        Assert.Empty(late.TokenIds);
        driver.RunToEnd();
        Assert.Equal((24, 20, 10), (old.TokenIds.Count, newer.TokenIds.Count, late.TokenIds.Count)); // late ends with the context of 40
    }

    [Fact]
    public void A_preempted_sequence_finds_its_full_blocks_in_the_prefix_cache()
    {
        var model = new PagedHashModel(maxModelLen: 40);
        var driver = new EngineDriver(model, Small with { NumBlocks = 12 });
        driver.Add(EngineDriver.Request("short", Prompt(20), Greedy with { MaxTokens = 8 }));
        driver.Add(EngineDriver.Request("long", Prompt(20, 5), Greedy with { MaxTokens = 20 }));
        driver.RunToEnd();
        Assert.True(driver.Engine.NumPreemptions > 0);
        var withoutRecomputation = 20 + 7 + 20 + 19;
        Assert.InRange(model.NumTokensComputed, withoutRecomputation, withoutRecomputation + 12);
    }

    [Fact]
    public void Does_not_admit_a_sequence_into_the_blocks_that_running_ones_need_next()
    {
        var driver = new EngineDriver(new PagedHashModel(maxModelLen: 40), Small with { NumBlocks = 10, MaxNumBatchedTokens = 64 });
        driver.Add(EngineDriver.Request("runs", Prompt(11), Greedy)); // 3 blocks now, a fourth soon
        driver.Step();
        var waits = driver.Add(EngineDriver.Request("waits", Prompt(28, 5), Greedy)); // the other 7
        driver.Step();
        Assert.Empty(waits.TokenIds);
        driver.RunToEnd();
        Assert.Equal((0, 12), (driver.Engine.NumPreemptions, waits.TokenIds.Count));
    }

    [Fact]
    public void An_end_of_sequence_token_outside_the_vocabulary_is_never_met()
    {
        var request = EngineDriver.Request("r", Prompt(5), Greedy with { IgnoreEos = false, MinTokens = 3 });
        var answer = EngineDriver.Alone(new PagedHashModel(), Small, request with { EosTokenIds = [-1, 61, 1 << 30] });
        Assert.Equal(12, answer.TokenIds.Count);
    }

    [Fact]
    public void Choices_of_one_prompt_compute_its_full_blocks_once()
    {
        var model = new PagedHashModel();
        var driver = new EngineDriver(model, Small with { MaxNumBatchedTokens = 64 });
        var request = EngineDriver.Request("r", Prompt(30), new() { MaxTokens = 1 });
        var choices = Enumerable.Range(0, 4).Select(i => driver.Add(request with { Choice = i })).ToList();
        driver.RunToEnd();
        Assert.Equal(30 + 3 * 2, model.NumTokensComputed);
        Assert.Equal([0, 28, 28, 28], choices.Select(choice => choice.NumCachedTokens));
    }

    [Fact]
    public void Who_waits_for_a_prefix_does_not_hold_up_others()
    {
        var driver = new EngineDriver(new PagedHashModel(), Small with { MaxNumBatchedTokens = 24 });
        driver.Add(EngineDriver.Request("first", Prompt(20), Greedy));
        var same = driver.Add(EngineDriver.Request("same", Prompt(20), Greedy));
        var other = driver.Add(EngineDriver.Request("other", Prompt(3, 5), Greedy));
        driver.Step();
        Assert.Equal((0, 1), (same.TokenIds.Count, other.TokenIds.Count));
        driver.Step();
        Assert.Single(same.TokenIds);
    }

    [Fact]
    public void An_aborted_owner_of_a_prefix_leaves_it_to_the_next()
    {
        var driver = new EngineDriver(new PagedHashModel(), Small with { MaxNumBatchedTokens = 4 });
        driver.Add(EngineDriver.Request("first", Prompt(20), Greedy));
        var same = driver.Add(EngineDriver.Request("same", Prompt(20), Greedy));
        driver.Step();
        driver.Engine.Abort("first", 0);
        driver.RunToEnd();
        Assert.Equal(FinishReason.Length, same.Reason);
        Assert.Equal(4, same.NumCachedTokens);
    }

    [Fact]
    public void A_full_hit_computes_the_last_block_again_in_a_block_of_its_own()
    {
        var model = new PagedHashModel();
        var driver = new EngineDriver(model, Small);
        var request = EngineDriver.Request("a", Prompt(16), Greedy);
        var first = driver.Add(request);
        driver.RunToEnd();
        var again = driver.Add(request with { RequestId = "b" });
        driver.RunToEnd();
        Assert.Equal(12, again.NumCachedTokens);
        Assert.Equal(first.TokenIds, again.TokenIds);
    }

    [Fact]
    public void Different_salts_share_nothing()
    {
        var driver = new EngineDriver(new PagedHashModel(), Small);
        var answers = new[] { "", "a", "b", "a" }.Select((salt, i) =>
        {
            var answer = driver.Add(EngineDriver.Request($"r{i}", Prompt(16), Greedy, salt: salt));
            driver.RunToEnd();
            return answer.NumCachedTokens;
        });
        Assert.Equal([0, 0, 0, 12], answers);
    }

    [Fact]
    public void Evicts_the_tail_of_the_oldest_chain_first()
    {
        var driver = new EngineDriver(new PagedHashModel(maxModelLen: 40), Small with { NumBlocks = 10 });
        Run("old", Prompt(32), 1);
        Run("other", Prompt(16, 5), 1); // takes two of the eight cached blocks
        Assert.Equal(24, Run("old again", Prompt(32), 1));

        int Run(string id, int[] prompt, int maxTokens)
        {
            var answer = driver.Add(EngineDriver.Request(id, prompt, Greedy with { MaxTokens = maxTokens }));
            driver.RunToEnd();
            return answer.NumCachedTokens;
        }
    }

    [Fact]
    public void The_end_of_the_context_is_the_end_of_the_answer()
    {
        var model = new PagedHashModel(maxModelLen: 20);
        var answer = EngineDriver.Alone(model, Small, EngineDriver.Request("r", Prompt(15), Greedy with { MaxTokens = null }));
        Assert.Equal((5, FinishReason.Length), (answer.TokenIds.Count, answer.Reason));
        Assert.Equal(19, model.NumTokensComputed);
    }

    [Fact]
    public void The_end_of_sequence_token_is_given_and_ends_the_answer()
    {
        var sampling = Greedy with { LogitBias = new Dictionary<int, float> { [1] = 100 } };
        var request = EngineDriver.Request("r", Prompt(5), sampling with { IgnoreEos = false });
        var stopped = EngineDriver.Alone(new PagedHashModel(), Small, request);
        Assert.Equal([1], stopped.TokenIds);
        Assert.Equal(FinishReason.Stop, stopped.Reason);
        var ignored = EngineDriver.Alone(new PagedHashModel(), Small, request with { Sampling = sampling });
        Assert.Equal((12, FinishReason.Length), (ignored.TokenIds.Count, ignored.Reason));
    }

    [Fact]
    public void Committed_tokens_that_end_the_answer_are_reported_without_a_new_token()
    {
        var model = new PagedHashModel();
        var full = EngineDriver.Alone(model, Small, EngineDriver.Request("r", Prompt(5), Greedy) with { CommittedTokenIds = Prompt(12) });
        Assert.Equal(FinishReason.Length, full.Reason);
        var stopped = EngineDriver.Alone(model, Small,
            EngineDriver.Request("r", Prompt(5), Greedy with { IgnoreEos = false }) with { CommittedTokenIds = [5, 1] });
        Assert.Equal(FinishReason.Stop, stopped.Reason);
        Assert.Empty(full.TokenIds.Concat(stopped.TokenIds));
        Assert.Equal(0, model.NumPasses);
    }

    [Fact]
    public void An_abort_frees_its_blocks_at_once_and_is_reported_once()
    {
        var driver = new EngineDriver(new PagedHashModel(), Small);
        var answer = driver.Add(EngineDriver.Request("r", Prompt(10), Greedy));
        driver.Step();
        driver.Engine.Abort("r", 0);
        driver.Engine.Abort("r", 0);
        Assert.Equal(0, driver.Engine.Load.KvCacheUsage);
        driver.RunToEnd();
        Assert.Equal(FinishReason.Abort, answer.Reason);
    }

    [Fact]
    public void A_sequence_that_breaks_the_model_ends_alone_and_the_others_never_know()
    {
        var model = new PagedHashModel();
        var driver = new EngineDriver(model, Small with { MaxNumBatchedTokens = 64 });
        model.OnForward = batch =>
        {
            if (batch.TokenIds.Contains(60)) throw new InvalidOperationException("no 60");
        };
        var requests = new[] { Prompt(9), [.. Prompt(6, 5), 60], Prompt(7, 6) }.Select((prompt, i) => EngineDriver.Request($"r{i}", prompt,
            Greedy with { LogitBias = new Dictionary<int, float> { [60] = -100 } })).ToList();
        var answers = requests.Select(driver.Add).ToList();
        Assert.Equal("no 60", driver.Step().Fault!.Message);
        driver.RunToEnd();
        Assert.Equal((FinishReason.Error, 0), (answers[1].Reason, answers[1].TokenIds.Count));
        foreach (var i in new[] { 0, 2 }) Assert.Equal(ReferenceGenerator.Generate(model, requests[i], 96).TokenIds, answers[i].TokenIds);
    }

    [Fact]
    public void Logits_that_are_no_numbers_end_their_sequence_only()
    {
        var driver = new EngineDriver(new PagedHashModel { PoisonedTokenId = 60 }, Small);
        var bad = driver.Add(EngineDriver.Request("bad", [60], Greedy));
        var good = driver.Add(EngineDriver.Request("good", [2], Greedy with { MaxTokens = 1 }));
        driver.RunToEnd();
        Assert.Equal((FinishReason.Error, FinishReason.Length), (bad.Reason, good.Reason));
    }

    [Theory]
    [InlineData(0, 0, InferenceError.InvalidRequest)] // empty
    [InlineData(96, 0, InferenceError.ContextLengthExceeded)]
    [InlineData(5, 61, InferenceError.InvalidRequest)] // not in the vocabulary
    [InlineData(5, -1, InferenceError.InvalidRequest)]
    public void What_can_never_run_is_refused(int length, int tokenId, InferenceError error)
    {
        var engine = new LLMEngine(new PagedHashModel(), Small);
        var request = EngineDriver.Request("r", Enumerable.Repeat(tokenId, length).ToArray());
        var thrown = Assert.Throws<InferenceException>(() => engine.Add(request));
        Assert.Equal((error, "prompt"), (thrown.Error, thrown.Param));
        Assert.False(engine.HasUnfinished);
    }

    [Fact]
    public void The_context_is_what_model_options_and_cache_can_hold()
    {
        Assert.Equal(96, new LLMEngine(new PagedHashModel(), Small).MaxModelLen);
        Assert.Equal(50, new LLMEngine(new PagedHashModel(), Small with { MaxModelLen = 50 }).MaxModelLen);
        Assert.Equal(40, new LLMEngine(new PagedHashModel(), Small with { NumBlocks = 10 }).MaxModelLen);
        Assert.Equal(40, new LLMEngine(new PagedHashModel(), Small with { NumBlocks = null, KvCacheBytes = 175 }).MaxModelLen);
        Assert.Throws<ValidationException>(() => new LLMEngine(new PagedHashModel(), Small with { NumBlocks = 10, MaxModelLen = 50 }));
        Assert.Throws<ValidationException>(() => new LLMEngine(new PagedHashModel(), Small with { MaxNumBatchedTokens = 3 }));
        Assert.Throws<ValidationException>(() => new LLMEngine(new PagedHashModel(), Small with { BlockSize = 0 }));
    }

    static int[] Prompt(int length, int start = 2) => Enumerable.Range(start, length).Select(i => i * i % 59).ToArray();
}
