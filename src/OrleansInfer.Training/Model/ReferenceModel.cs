using OrleansInfer.Models;
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
    readonly IReadOnlyDictionary<string, Tensor> _weights;
    readonly ReferenceLayer[] _layers;
    readonly ReferenceRotary _rotary;

    internal ReferenceModel(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights)
    {
        Config = config;
        _weights = weights;
        _rotary = new(config);
        _layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new ReferenceLayer(config, weights, $"model.layers.{i}."))];
    }

    /// <summary>The shape of the network.</summary>
    public ModelConfig Config { get; }

    /// <summary>Tensors by their Hugging Face names.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>Reads an ordinary Hugging Face folder: config.json and safetensors, any float type, widened to fp32.</summary>
    /// <exception cref="ModelLoadException">A file or tensor is missing or not what config.json says.</exception>
    public static ReferenceModel Load(string checkpointFolder)
    {
        var config = ModelConfig.Load(checkpointFolder);
        using var checkpoint = Checkpoint.Open(checkpointFolder);
        return new(config, TensorReader.ReadWeights(checkpoint, config));
    }

    /// <summary>Scores of the next token after each position.</summary>
    /// <param name="ids">int64 [batch, tokens]; more than the model's maximum of positions is allowed, sense is not promised.</param>
    /// <returns>[batch, tokens, vocabulary], with gradients where the weights have them.</returns>
    public Tensor Forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        // index_select, for its gradient is summed in the order of the ids: the same bits every time. [batch, tokens, hidden]
        var hidden = _weights["model.embed_tokens.weight"].index_select(0, ids.flatten()).unflatten(0, ids.shape);
        var (cos, sin) = _rotary.Tables((int)ids.shape[1]);
        foreach (var layer in _layers)
            hidden = layer.Forward(hidden, cos, sin);
        hidden = RmsNorm(hidden, _weights["model.norm.weight"], Config.RmsNormEps);
        var head = _weights[Config.TieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"];
        return F.linear(hidden, head).MoveToOuterDisposeScope();
    }

    /// <summary>The same for one sequence, without gradients: [tokens, vocabulary].</summary>
    public float[,] Logits(IReadOnlyList<int> tokenIds)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var ids = tensor(tokenIds.Select(id => (long)id).ToArray()).unsqueeze(0);
        var logits = Forward(ids);
        var result = new float[tokenIds.Count, Config.VocabSize];
        Buffer.BlockCopy(logits.data<float>().ToArray(), 0, result, 0, result.Length * sizeof(float));
        return result;
    }

    public void Dispose()
    {
        _rotary.Dispose();
        foreach (var weight in _weights.Values)
            weight.Dispose();
    }

    /// <summary>Zhang and Sennrich, 2019, "Root Mean Square Layer Normalization", over the last dimension.</summary>
    internal static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon) =>
        x * (x * x).mean([-1], keepdim: true).Plus(epsilon).rsqrt() * weight;
}
