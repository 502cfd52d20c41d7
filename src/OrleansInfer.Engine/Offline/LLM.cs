using System.Globalization;
using OrleansInfer.Abstractions;
using OrleansInfer.Kernels;
using OrleansInfer.Models;

namespace OrleansInfer.Engine;

/// <summary>A model for offline use: prompts in, texts out, on the caller's thread; all prompts run together. Not thread-safe.</summary>
public sealed class LLM : IDisposable
{
    readonly IDisposable? _owned;
    readonly Tokenizer _tokenizer;
    readonly IReadOnlyList<int> _eosTokenIds;

    internal LLM(ICausalLM network, Tokenizer tokenizer, GenerationConfig config, EngineOptions options, IDisposable? owned = null)
    {
        (_tokenizer, _eosTokenIds, _owned) = (tokenizer, config.EosTokenIds, owned);
        Engine = new LLMEngine(network, options);
        DefaultSampling = config.ToSamplingParams();
    }

    /// <summary>The engine below: its sizes, and its load after the last call.</summary>
    public LLMEngine Engine { get; }

    /// <summary>What the model's authors advise in generation_config.json.</summary>
    public SamplingParams DefaultSampling { get; }

    /// <summary>Loads a Hugging Face checkpoint folder.</summary>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="dtype">Null: bfloat16.</param>
    /// <param name="quantization">Of linears that the checkpoint holds in full precision, and of the KV cache. Null: none.</param>
    /// <param name="progress">Called with the share of the weights that is loaded, 0 to 1.</param>
    /// <exception cref="ModelLoadException">The folder cannot be used; the message names the file and the fault.</exception>
    public static LLM Load(
        string folder, EngineOptions? options = null, DataType? dtype = null, ModelQuantization? quantization = null,
        Action<double>? progress = null)
    {
        var model = LoadedModel.Load(folder, dtype, quantization, progress);
        try
        {
            return new LLM(model.Network, model.Tokenizer, model.GenerationConfig, options ?? new EngineOptions(), model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Continues each prompt. Text is tokenized as the model's makers do: with its special tokens around it, and special tokens written in
    /// it are parsed, so do not put untrusted text into a prompt; tokenize it apart and pass ids.
    /// </summary>
    /// <param name="sampling">Null: <see cref="DefaultSampling"/>. Without a seed it is 0: the same call gives the same answers.</param>
    /// <param name="onText">Called with text as soon as it is final: the index of its output, and the text.</param>
    /// <returns>For each prompt its <see cref="SamplingParams.N"/> choices, in order.</returns>
    /// <exception cref="InferenceException">A parameter is out of range or a prompt does not fit the context.</exception>
    public IReadOnlyList<GenerationOutput> Generate(
        IReadOnlyList<string> prompts, SamplingParams? sampling = null, Action<int, string>? onText = null) =>
        Generate([.. prompts.Select(Encode)], sampling, onText);

    /// <summary>Continues each prompt, given as token ids.</summary>
    /// <inheritdoc cref="Generate(IReadOnlyList{string}, SamplingParams?, Action{int, string}?)"/>
    public IReadOnlyList<GenerationOutput> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts, SamplingParams? sampling = null, Action<int, string>? onText = null)
    {
        var requests = prompts.SelectMany((prompt, i) => Requests(i, prompt, sampling ?? DefaultSampling)).ToList();
        requests.ForEach(Engine.Validate); // all or none
        var generations = requests.Index().ToDictionary(
            item => KeyOf(item.Item), item => new OfflineGeneration(item.Item, _tokenizer, text => onText?.Invoke(item.Index, text)));
        try
        {
            requests.ForEach(Engine.Add);
            while (Engine.HasUnfinished) Step(generations);
        }
        finally
        {
            if (Engine.HasUnfinished) Engine.Reset();
        }
        return [.. requests.Select(request => generations[KeyOf(request)].ToOutput())];
    }

    /// <summary>Gives the model's memory back.</summary>
    public void Dispose() => _owned?.Dispose();

    IEnumerable<GenerationRequest> Requests(int index, IReadOnlyList<int> promptTokenIds, SamplingParams sampling) =>
        Enumerable.Range(0, Math.Max(1, sampling.N)).Select(choice => new GenerationRequest
        {
            RequestId = index.ToString(CultureInfo.InvariantCulture),
            PromptTokenIds = promptTokenIds,
            Sampling = sampling,
            Seed = sampling.Seed ?? 0,
            Choice = choice,
            EosTokenIds = _eosTokenIds,
        });

    IReadOnlyList<int> Encode(string prompt) => _tokenizer.Encode(prompt, addSpecialTokens: true, parseSpecialTokens: true);

    static (string, int) KeyOf(GenerationRequest request) => (request.RequestId, request.Choice);

    void Step(Dictionary<(string, int), OfflineGeneration> generations)
    {
        var output = Engine.Step();
        if (output.Fault is { } fault) throw new InvalidOperationException($"The model failed: {fault.Message}", fault);
        foreach (ref readonly var given in output.Tokens)
            if (!generations[(given.RequestId, given.Choice)].Take(given.Token)) Engine.Abort(given.RequestId, given.Choice);
    }
}
