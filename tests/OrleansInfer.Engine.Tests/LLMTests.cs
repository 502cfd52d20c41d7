using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Engine.Tests;

/// <summary>The model that ships with the server, on the real forward pass; and its tokenizer before a model of hashes.</summary>
public class LLMTests
{
    static readonly string Folder = Path.Combine(RepositoryRoot(), "src", "OrleansInfer.Server", "DemoModel");
    static readonly EngineOptions Small = new() { NumBlocks = 64, MaxNumSeqs = 16 };
    static readonly string[] Prompts =
        ["A small latte, please.", "Hi", "Could I get two espressos and a croissant to go? I am in a hurry.", "What do you have?", "Tea."];

    [Fact]
    public void The_same_request_gives_the_same_tokens_alone_in_any_batch_and_in_any_chunks()
    {
        var sampling = new SamplingParams { MaxTokens = 24, Temperature = 1, Seed = 5, IgnoreEos = true, N = 2 };
        using var one = LLM.Load(Folder, Small with { MaxNumSeqs = 1, EnablePrefixCaching = false });
        var alone = Prompts.SelectMany(prompt => one.Generate([prompt], sampling)).Select(output => output.TokenIds).ToList();
        var cramped = Small with { NumBlocks = 16 };
        var chunked = Small with { MaxNumSeqs = 3, MaxNumBatchedTokens = 4 };
        foreach (var options in new[] { Small, chunked, cramped, Small with { BlockSize = 32 } })
        {
            using var llm = LLM.Load(Folder, options);
            for (var again = 0; again < 2; again++)
                Assert.Equal(alone, llm.Generate(Prompts, sampling).Select(output => output.TokenIds));
            llm.Engine.CheckIntegrity();
            if (options == cramped) Assert.InRange(llm.Engine.NumPreemptions, 1, int.MaxValue);
        }
    }

    [Fact]
    public void Text_ends_before_a_stop_string_and_tokens_with_it()
    {
        using var llm = Hashes();
        var full = llm.Generate([Prompts[2]], Greedy)[0];
        var stop = full.Text.Substring(full.Text.Length / 2, 3);
        var stopped = llm.Generate([Prompts[2]], Greedy with { Stop = ["never\u0001", stop] })[0];
        Assert.Equal(full.Text[..full.Text.IndexOf(stop, StringComparison.Ordinal)], stopped.Text);
        Assert.Equal((FinishReason.Stop, stop), (stopped.FinishReason, stopped.StopReason));
        Assert.Equal(full.TokenIds.Take(stopped.TokenIds.Count), stopped.TokenIds);
        Assert.True(stopped.TokenIds.Count < full.TokenIds.Count);
        var included = llm.Generate([Prompts[2]], Greedy with { Stop = [stop], IncludeStopStrInOutput = true })[0];
        Assert.Equal(stopped.Text + stop, included.Text);
        Assert.Equal(0, llm.Engine.Load.Running);
    }

    [Fact]
    public void Text_is_shown_as_soon_as_it_is_final()
    {
        using var llm = Hashes();
        var shown = new List<(int Index, string Text)>();
        var outputs = llm.Generate(Prompts, Greedy with { N = 2 }, (index, text) => shown.Add((index, text)));
        foreach (var (index, output) in outputs.Index())
            Assert.Equal(output.Text, string.Concat(shown.Where(piece => piece.Index == index).Select(piece => piece.Text)));
        Assert.True(shown.Count > outputs.Count);
    }

    [Fact]
    public void A_stop_token_is_in_the_tokens_and_not_in_the_text()
    {
        using var llm = Hashes();
        var full = llm.Generate([Prompts[0]], Greedy)[0];
        var stopped = llm.Generate([Prompts[0]], Greedy with { StopTokenIds = [full.TokenIds[5]] })[0];
        var length = full.TokenIds.ToList().IndexOf(full.TokenIds[5]) + 1;
        Assert.Equal(full.TokenIds.Take(length), stopped.TokenIds);
        Assert.Equal(FinishReason.Stop, stopped.FinishReason);
        Assert.Equal(Tokenizer.Load(Folder).Decode(full.TokenIds.Take(length - 1)), stopped.Text);
    }

    [Fact]
    public void Choices_come_in_order_with_their_own_randomness_and_the_default_seed_repeats()
    {
        using var llm = Hashes();
        var sampling = new SamplingParams { N = 3, MaxTokens = 6, Logprobs = 2 };
        var outputs = llm.Generate(Prompts, sampling);
        Assert.Equal(Enumerable.Range(0, 15).Select(i => i % 3), outputs.Select(output => output.Choice));
        Assert.Equal(15, outputs.Select(output => string.Join(',', output.TokenIds)).Distinct().Count());
        Assert.All(outputs, output => Assert.Equal(output.TokenIds.Count, output.Logprobs!.Count));
        Assert.Equal(outputs.Select(output => output.TokenIds), llm.Generate(Prompts, sampling).Select(output => output.TokenIds));
        var reseeded = llm.Generate(Prompts, sampling with { Seed = 1 });
        Assert.NotEqual(outputs.Select(output => output.TokenIds), reseeded.Select(output => output.TokenIds));
    }

    [Fact]
    public void One_prompt_that_does_not_fit_refuses_the_call_and_leaves_nothing_behind()
    {
        using var llm = Hashes();
        Assert.Throws<InferenceException>(() => llm.Generate([[1, 2], Enumerable.Repeat(3, 5000).ToArray()], Greedy));
        Assert.Throws<InferenceException>(() => llm.Generate(["x"], Greedy with { N = 0 }));
        Assert.False(llm.Engine.HasUnfinished);
    }

    static readonly SamplingParams Greedy = new() { Temperature = 0, MaxTokens = 40, IgnoreEos = true };

    static LLM Hashes()
    {
        var tokenizer = Tokenizer.Load(Folder);
        return new LLM(new PagedHashModel(tokenizer.VocabSize, 512), tokenizer, new GenerationConfig { EosTokenIds = [0] }, Small);
    }

    static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrleansInfer.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("OrleansInfer.sln is in none of the folders above the tests.");
    }
}
