using OrleansInfer.Kernels;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>What is measured. The sizes of the engine are the server's own, however it is reached.</summary>
/// <param name="Quantization">Of the weights, as the result says it.</param>
/// <param name="KvType">Of the KV cache.</param>
/// <param name="VocabSize">Prompts are drawn from all of it.</param>
internal sealed record BenchPlan(
    ServerOptions Server,
    string Quantization,
    DataType KvType,
    int VocabSize,
    int PromptTokens,
    int OutputTokens,
    IReadOnlyList<int> Concurrency)
{
    /// <summary>As many as a server takes.</summary>
    public const int MaxSequences = 4096;

    public string Name => Path.GetFileName(Path.GetFullPath(Server.Model).TrimEnd(Path.DirectorySeparatorChar));

    /// <param name="options">The model and how it computes; the sizes are set here, as far as the defaults do not do.</param>
    /// <exception cref="StartFault">It cannot be measured as asked.</exception>
    public static BenchPlan Of(ServerOptions options, int promptTokens, int outputTokens, IReadOnlyList<int> concurrency)
    {
        var config = ModelConfig.Load(options.Model);
        var quantization = QuantizationOptions.Parse(options);
        var kvType = quantization.KvType ?? ModelLoading.Parse(options.Dtype);
        if (promptTokens < 1) throw new StartFault($"--prompt-tokens is {promptTokens}; it must be at least 1.");
        if (outputTokens < 2) throw new StartFault($"--output-tokens is {outputTokens}; it must be at least 2: the first is the prompt's.");
        if ((long)promptTokens + outputTokens > config.MaxModelLen)
            throw new StartFault($"{promptTokens} + {outputTokens} tokens are beyond the model's context of {config.MaxModelLen}; "
                + "lower --prompt-tokens or --output-tokens.");
        var most = concurrency.Max();
        options.MaxNumSeqs = Math.Max(options.MaxNumSeqs, most);
        options.KvCacheMib = Math.Max(options.KvCacheMib, MibOf(config, kvType, most, promptTokens + outputTokens));
        var held = LoadedModel.Describe(config, quantization);
        return new BenchPlan(options, held, kvType, config.VocabSize, promptTokens, outputTokens, concurrency);
    }

    /// <summary>Prompts without a common beginning, other ones in each round: no cached prefix helps.</summary>
    public IReadOnlyList<int[]> Prompts(int round, int count, int length)
    {
        var random = new Random((count << 16) + round);
        return [.. Enumerable.Range(0, count).Select(_ => Prompt(random, length))];
    }

    int[] Prompt(Random random, int length)
    {
        var prompt = new int[length];
        for (var i = 0; i < prompt.Length; i++) prompt[i] = random.Next(VocabSize);
        return prompt;
    }

    static int MibOf(ModelConfig config, DataType kvType, int sequences, int tokens)
    {
        var bytesPerToken = KvCache.BytesPerToken(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, kvType);
        const int Block = 16; // a sequence's last block is not full
        return (int)Math.Min(1 << 24, (sequences * (long)(tokens + Block) * bytesPerToken >> 20) + 1);
    }
}
