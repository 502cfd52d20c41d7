using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace OrleansInfer.Training;

/// <summary>
/// A causal language model of the Llama family (Llama, Mistral, Qwen2, Qwen3) as plain differentiable tensor code: fp32, no cache,
/// the whole sequence at once. The trainer trains it, and the fast engine is tested against it.
/// </summary>
public sealed class ReferenceModel : IDisposable
{
    readonly IReadOnlyDictionary<string, Tensor> weights;
    readonly ReferenceLayer[] layers;
    readonly ReferenceRotary rotary;

    internal ReferenceModel(ReferenceConfig config, IReadOnlyDictionary<string, Tensor> weights)
    {
        Config = config;
        this.weights = weights;
        rotary = new(config);
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new ReferenceLayer(config, weights, $"model.layers.{i}."))];
    }

    internal ReferenceConfig Config { get; }

    /// <summary>Tensors by their Hugging Face names.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => weights;

    /// <summary>Reads an ordinary Hugging Face folder: config.json and safetensors, any float type, widened to fp32.</summary>
    /// <exception cref="InvalidDataException">A file or tensor is missing or not what config.json says.</exception>
    public static ReferenceModel Load(string checkpointFolder)
    {
        var config = ReferenceConfig.Load(checkpointFolder);
        return new(config, CheckpointFolder.ReadWeights(checkpointFolder));
    }

    /// <summary>Scores of the next token after each position.</summary>
    /// <param name="ids">int64 [batch, tokens]; more than the model's maximum of positions is allowed, sense is not promised.</param>
    /// <returns>[batch, tokens, vocabulary], with gradients where the weights have them.</returns>
    public Tensor Forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var hidden = weights["model.embed_tokens.weight"].index_select(0, ids.flatten()).unflatten(0, ids.shape); // [batch, tokens, hidden]
        var (cos, sin) = rotary.Tables((int)ids.shape[1]);
        foreach (var layer in layers)
            hidden = layer.Forward(hidden, cos, sin);
        hidden = RmsNorm(hidden, weights["model.norm.weight"], Config.NormEpsilon);
        var head = weights[Config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"];
        return F.linear(hidden, head).MoveToOuterDisposeScope();
    }

    /// <summary>The same for one sequence, without gradients: [tokens, vocabulary].</summary>
    public float[,] Logits(IReadOnlyList<int> tokenIds)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var ids = tensor(tokenIds.Select(id => (long)id).ToArray()).unsqueeze(0);
        var logits = Forward(ids);
        var result = new float[tokenIds.Count, Config.VocabularySize];
        Buffer.BlockCopy(logits.data<float>().ToArray(), 0, result, 0, result.Length * sizeof(float));
        return result;
    }

    public void Dispose()
    {
        rotary.Dispose();
        foreach (var weight in weights.Values)
            weight.Dispose();
    }

    /// <summary>Zhang and Sennrich, 2019, "Root Mean Square Layer Normalization", over the last dimension.</summary>
    internal static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon) =>
        x * rsqrt(x.square().mean([-1], keepdim: true) + epsilon) * weight;
}
