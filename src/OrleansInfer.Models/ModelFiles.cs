using System.Security.Cryptography;

namespace OrleansInfer.Models;

/// <summary>What a checkpoint folder says about its model, without the weights: enough to check requests and to make prompts.</summary>
public sealed class ModelFiles
{
    const int EndBytes = 1 << 20;

    readonly string _folder;

    ModelFiles(string folder)
    {
        _folder = folder;
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
    }

    /// <summary>The folder's name: what requests call the model.</summary>
    public string Name { get; }

    public ModelConfig Config { get; }

    public GenerationConfig GenerationConfig { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>Null for a model without a chat template.</summary>
    public ChatTemplate? ChatTemplate { get; }

    /// <exception cref="ModelLoadException">The folder cannot be used; the message names the file and the fault.</exception>
    public static ModelFiles Load(string folder) => new(folder);

    /// <summary>
    /// How the fingerprint of every server of these weights begins: "fp_" and 8 hexadecimal digits; only "fp_" where the folder has no
    /// weights. They enter by size and both ends of their files: reading a large checkpoint twice would double the start.
    /// </summary>
    public string FingerprintStart()
    {
        string[] weights = [.. Directory.GetFiles(_folder, "*.safetensors").Order(StringComparer.Ordinal)];
        if (weights.Length == 0) return "fp_";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(File.ReadAllBytes(Path.Combine(_folder, "config.json")));
        var buffer = new byte[EndBytes];
        foreach (var path in weights)
        {
            using var file = File.OpenRead(path);
            hash.AppendData(BitConverter.GetBytes(file.Length));
            hash.AppendData(buffer, 0, file.Read(buffer));
            file.Seek(Math.Max(0, file.Length - EndBytes), SeekOrigin.Begin);
            hash.AppendData(buffer, 0, file.Read(buffer));
        }
        return "fp_" + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4));
    }
}
