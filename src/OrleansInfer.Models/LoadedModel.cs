using System.Security.Cryptography;
using System.Text;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>Everything of a checkpoint folder that serving needs.</summary>
public sealed class LoadedModel : IDisposable
{
    readonly CpuKernels _kernels;

    LoadedModel(string folder, DataType type, Action<double>? progress)
    {
        Name = Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar));
        Config = ModelConfig.Load(folder);
        GenerationConfig = GenerationConfig.Load(folder, Config);
        Tokenizer = Tokenizer.Load(folder);
        if (Tokenizer.VocabSize > Config.VocabSize)
        {
            throw new ModelLoadException($"{folder}: the tokenizer has {Tokenizer.VocabSize} tokens, "
                + $"config.json's \"vocab_size\" is {Config.VocabSize}.");
        }
        ChatTemplate = ChatTemplate.Load(folder);
        _kernels = CpuKernels.Create();
        Network = CausalLM.Load(Checkpoint.Open(folder), Config, _kernels, type, progress);
        DataType = type;
        SystemFingerprint = Fingerprint(folder, type, _kernels.Mode);
    }

    /// <summary>The folder's name: what requests call the model.</summary>
    public string Name { get; }

    public ModelConfig Config { get; }
    public GenerationConfig GenerationConfig { get; }
    public Tokenizer Tokenizer { get; }

    /// <summary>Null for a model without a chat template.</summary>
    public ChatTemplate? ChatTemplate { get; }

    public ICausalLM Network { get; }

    /// <summary>The type that the linears compute in.</summary>
    public DataType DataType { get; }

    /// <summary>Where and how it computes, e.g. "cpu/…".</summary>
    public string Device => _kernels.Mode;

    /// <summary>Two servers with the same fingerprint give the same tokens, bit for bit, for the same request.</summary>
    public string SystemFingerprint { get; }

    /// <param name="type">Default bfloat16.</param>
    /// <param name="progress">Called with the share of the weights that is loaded, 0 to 1.</param>
    /// <exception cref="ModelLoadException">The folder cannot be used; the message names the file and the fault.</exception>
    public static LoadedModel Load(string folder, DataType? type = null, Action<double>? progress = null) =>
        new(folder, type ?? DataType.BFloat16, progress);

    public void Dispose()
    {
        Network.Dispose();
        _kernels.Dispose();
    }

    /// <summary>Weights enter by size and both ends of their files: reading a large checkpoint twice would double the start.</summary>
    static string Fingerprint(string folder, DataType type, string mode)
    {
        const int EndBytes = 1 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{typeof(LoadedModel).Assembly.GetName().Version}|{type}|{mode}|"));
        hash.AppendData(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        var buffer = new byte[EndBytes];
        foreach (var path in Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal))
        {
            using var file = File.OpenRead(path);
            hash.AppendData(BitConverter.GetBytes(file.Length));
            hash.AppendData(buffer, 0, file.Read(buffer));
            file.Seek(Math.Max(0, file.Length - EndBytes), SeekOrigin.Begin);
            hash.AppendData(buffer, 0, file.Read(buffer));
        }
        return "fp_" + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
