using System.Security.Cryptography;
using System.Text;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>Everything of a checkpoint folder that serving needs.</summary>
public sealed class LoadedModel : IDisposable
{
    readonly CpuKernels _kernels;
    readonly CausalLM _network;

    LoadedModel(string folder, DataType type, ModelQuantization quantization, Action<double>? progress)
    {
        Files = ModelFiles.Load(folder);
        _kernels = CpuKernels.Create();
        _network = CausalLM.Load(Checkpoint.Open(folder), Config, _kernels, type, quantization, progress);
        DataType = type;
        Quantization = Describe(Config, quantization);
        KvType = quantization.KvType ?? type;
        SystemFingerprint = Fingerprint(Files, $"{type}|{quantization}|{KvType}|{_kernels.Mode}");
    }

    /// <summary>All but the weights.</summary>
    public ModelFiles Files { get; }

    /// <summary>The folder's name: what requests call the model.</summary>
    public string Name => Files.Name;

    public ModelConfig Config => Files.Config;
    public GenerationConfig GenerationConfig => Files.GenerationConfig;
    public Tokenizer Tokenizer => Files.Tokenizer;

    /// <summary>Null for a model without a chat template.</summary>
    public ChatTemplate? ChatTemplate => Files.ChatTemplate;

    public ICausalLM Network => _network;

    /// <summary>Memory of the weights that a step reads.</summary>
    public long WeightBytes => _network.WeightBytes;

    internal CpuKernels Kernels => _kernels;

    internal IEnumerable<Linear> Linears => _network.Linears;

    /// <summary>The type that the linears compute in.</summary>
    public DataType DataType { get; }

    /// <summary>How its linears are held: "none", "int4, keep lm_head=none", or of a quantized checkpoint "int4-g128 (gptq)".</summary>
    public string Quantization { get; }

    /// <summary>The type of its KV cache.</summary>
    public DataType KvType { get; }

    /// <summary>Where and how it computes, e.g. "cpu/…".</summary>
    public string Device => _kernels.Mode;

    /// <summary>Two servers with the same fingerprint give the same tokens, bit for bit, for the same request.</summary>
    public string SystemFingerprint { get; }

    /// <param name="type">Default bfloat16.</param>
    /// <param name="quantization">Of linears that the checkpoint holds in full precision, and of the KV cache. Default: none.</param>
    /// <param name="progress">Called with the share of the weights that is loaded, 0 to 1.</param>
    /// <exception cref="ModelLoadException">The folder cannot be used; the message names the file and the fault.</exception>
    public static LoadedModel Load(
        string folder, DataType? type = null, ModelQuantization? quantization = null, Action<double>? progress = null) =>
        new(folder, type ?? DataType.BFloat16, quantization ?? ModelQuantization.None, progress);

    /// <summary>What <see cref="Quantization"/> of a model of this configuration is.</summary>
    public static string Describe(ModelConfig config, ModelQuantization quantization) => config.Stored is not { } stored
        ? quantization.ToString()
        : quantization.IsNone ? $"{stored}" : $"{stored}, {quantization}";

    public void Dispose()
    {
        Network.Dispose();
        _kernels.Dispose();
    }

    /// <summary>Of the files, and then of how they are computed.</summary>
    static string Fingerprint(ModelFiles files, string how)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{typeof(LoadedModel).Assembly.GetName().Version}|{how}"));
        return files.FingerprintStart() + Convert.ToHexStringLower(hash.AsSpan(0, 4));
    }
}
