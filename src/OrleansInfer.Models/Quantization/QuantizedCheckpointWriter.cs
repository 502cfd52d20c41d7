using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>
/// Quantizes a checkpoint once and for all: a folder in the layout of compressed-tensors, which loads as the original does when it is
/// quantized on the way, bit for bit. The output head stays in full precision, for the sake of other readers and of models whose head is
/// their embedding; this program quantizes it when it loads the folder.
/// </summary>
public sealed class QuantizedCheckpointWriter
{
    const long DefaultShardBytes = 5_000_000_000; // as transformers cuts them
    const long LargestSmallFile = 64 << 20;

    static readonly string[] WeightFiles =
        [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".onnx", ".h5", ".msgpack", ".ot", ".npz"];

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    readonly string _source;
    readonly Checkpoint _weights;
    readonly ModelConfig _config;
    readonly Dictionary<string, QuantizedTensors> _quantized; // by the name of the weight that they replace
    readonly QuantizationFormat _head;
    readonly long _shardBytes;

    QuantizedCheckpointWriter(string source, Checkpoint weights, ModelQuantization quantization, long shardBytes)
    {
        (_source, _weights, _shardBytes) = (source, weights, shardBytes);
        _config = ModelConfig.Load(source);
        if (_config.Stored is { } stored) throw new ModelLoadException($"{source}: the checkpoint is quantized already, as {stored}.");
        var formats = new LinearFormats(weights, _config, quantization);
        _head = quantization.FormatOf(NetworkLinears.Head(_config));
        _quantized = NetworkLinears.All(_config).SelectMany(parts => parts)
            .Where(part => part.Name != "lm_head" && formats.Of(part) is not null)
            .ToDictionary(part => $"{part.Name}.weight", part => new QuantizedTensors(part, formats.Of(part)!), StringComparer.Ordinal);
        if (_quantized.Count > 0) return;
        throw new ModelLoadException($"{source}: {quantization} quantizes nothing that a checkpoint could hold.");
    }

    /// <summary>Writes the folder <paramref name="output"/>, which appears when it is complete.</summary>
    /// <param name="source">A checkpoint in full precision.</param>
    /// <param name="output">Absent or empty.</param>
    /// <param name="progress">Called with the share that is done, 0 to 1.</param>
    /// <exception cref="ModelLoadException">The checkpoint cannot be used, or the output cannot be written.</exception>
    public static void Write(string source, string output, ModelQuantization quantization, Action<double>? progress = null) =>
        Write(source, output, quantization, progress, DefaultShardBytes);

    internal static void Write(
        string source, string output, ModelQuantization quantization, Action<double>? progress, long shardBytes)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        if (File.Exists(target) || Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new ModelLoadException($"{output}: there is something already; the output must be a new folder.");
        using var weights = Checkpoint.Open(source);
        var writer = new QuantizedCheckpointWriter(source, weights, quantization, shardBytes);
        var partial = $"{target}.{Path.GetRandomFileName()}.partial";
        try
        {
            Directory.CreateDirectory(partial);
            writer.WriteTo(partial, progress);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(partial, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException($"{output}: cannot be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
    }

    void WriteTo(string folder, Action<double>? progress)
    {
        CopySmallFiles(folder);
        var shards = Shards();
        var total = shards.Sum(shard => shard.Sum(tensor => tensor.End - tensor.Begin));
        var done = 0L;
        var map = new JsonObject();
        for (var i = 0; i < shards.Count; i++)
        {
            var name = shards.Count == 1 ? "model.safetensors" : $"model-{i + 1:d5}-of-{shards.Count:d5}.safetensors";
            var entries = shards[i].SelectMany(EntriesOf).ToList();
            using var output = new SafetensorsOutput(Path.Combine(folder, name), entries);
            foreach (var tensor in shards[i])
            {
                Write(output, tensor);
                progress?.Invoke((double)(done += tensor.End - tensor.Begin) / total);
            }
            output.Flush();
            foreach (var entry in entries) map[entry.Name] = name;
        }
        if (shards.Count > 1) WriteIndex(folder, map, shards.Sum(shard => shard.SelectMany(EntriesOf).Sum(entry => entry.Length)));
        WriteConfig(folder);
    }

    /// <summary>The source's tensors, in its order, in as many files as the largest size of one asks for.</summary>
    List<List<SafetensorsTensor>> Shards()
    {
        var shards = new List<List<SafetensorsTensor>> { new() };
        var bytes = 0L;
        foreach (var tensor in _weights.Tensors)
        {
            var length = EntriesOf(tensor).Sum(entry => entry.Length);
            if (bytes > 0 && bytes + length > _shardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += length;
        }
        return shards;
    }

    IEnumerable<TensorEntry> EntriesOf(SafetensorsTensor tensor) => _quantized.TryGetValue(tensor.Name, out var quantized)
        ? quantized.Entries
        : [new TensorEntry(tensor.Name, tensor.Type, tensor.Shape, tensor.End - tensor.Begin)];

    void Write(SafetensorsOutput output, SafetensorsTensor tensor)
    {
        if (_quantized.TryGetValue(tensor.Name, out var quantized))
        {
            using var matrix = QuantizedMatrix.Quantize(
                _weights.Get(tensor.Name, quantized.Part.Rows, quantized.Part.Columns), quantized.Format);
            quantized.Write(output, matrix);
            return;
        }
        const int Piece = 16 << 20;
        var bytes = new IntegerTensor(tensor.Name, tensor.Data, tensor.End - tensor.Begin);
        for (var at = 0L; at < bytes.Length; at += Piece)
            output.Write(tensor.Name, at, bytes.Bytes(at, Math.Min(Piece, bytes.Length - at)));
    }

    /// <summary>Tokenizer, template, generation settings, licence: everything but the weights, in whatever format they lie there.</summary>
    void CopySmallFiles(string folder)
    {
        foreach (var path in Directory.GetFiles(_source))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith('.') || name is "config.json" or "model.safetensors.index.json") continue;
            if (WeightFiles.Contains(Path.GetExtension(name).ToLowerInvariant()) || new FileInfo(path).Length > LargestSmallFile) continue;
            File.Copy(path, Path.Combine(folder, name));
        }
    }

    static void WriteIndex(string folder, JsonObject map, long bytes)
    {
        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = bytes }, ["weight_map"] = map };
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), index.ToJsonString(Indented));
    }

    /// <summary>The source's config.json with two more members; whatever else is in it stays as it is.</summary>
    void WriteConfig(string folder)
    {
        string[] own = ["quantization_config", QuantizedConfig.OwnMember];
        var linears = NetworkLinears.All(_config).SelectMany(parts => parts)
            .Select(part => (part.Name, _quantized.GetValueOrDefault($"{part.Name}.weight")?.Format));
        using var file = File.Create(Path.Combine(folder, "config.json"));
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        foreach (var member in JsonFile.Read(Path.Combine(_source, "config.json")).Members.EnumerateObject())
            if (!own.Contains(member.Name)) member.WriteTo(json);
        json.WritePropertyName(own[0]);
        QuantizedConfig.Write([.. linears]).WriteTo(json);
        json.WritePropertyName(own[1]);
        new JsonObject { [QuantizedConfig.HeadMember] = _head.Name }.WriteTo(json);
        json.WriteEndObject();
    }
}
