using System.Text.Json;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>The weights of a checkpoint folder: model.safetensors, or the shards that model.safetensors.index.json names.</summary>
public sealed class Checkpoint : IDisposable
{
    readonly string _folder;
    readonly List<SafetensorsFile> _files = [];
    readonly Dictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    Checkpoint(string folder) => _folder = folder;

    /// <exception cref="ModelLoadException">A file is missing, truncated or malformed.</exception>
    public static Checkpoint Open(string folder)
    {
        var checkpoint = new Checkpoint(folder);
        try
        {
            var single = Path.Combine(folder, "model.safetensors");
            if (File.Exists(single)) checkpoint.Add(SafetensorsFile.Open(single));
            else checkpoint.AddShards(single);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>All tensors.</summary>
    internal IEnumerable<SafetensorsTensor> Tensors => _tensors.Values;

    /// <summary>The tensor of that name as a matrix; a vector is a matrix of one row.</summary>
    /// <exception cref="ModelLoadException">It is missing, or of another shape or element type.</exception>
    public WeightView Get(string name, params ReadOnlySpan<long> shape)
    {
        var (tensor, where) = Find(name, shape);
        var type = tensor.Type switch
        {
            "F32" => WeightType.F32,
            "F16" => WeightType.F16,
            "BF16" => WeightType.BF16,
            var t => throw new ModelLoadException($"{where} has the dtype {t}; F32, F16 and BF16 are supported."),
        };
        return new WeightView(tensor.Data, type, shape.Length == 1 ? 1 : (int)shape[0], (int)shape[^1]);
    }

    /// <summary>The elements of a tensor, row by row.</summary>
    /// <exception cref="ModelLoadException">It is missing, or of another shape or element type.</exception>
    internal float[] GetFloats(string name, params ReadOnlySpan<long> shape)
    {
        var view = Get(name, shape);
        var floats = new float[(long)view.Rows * view.Columns];
        view.Read(0, floats);
        return floats;
    }

    /// <summary>A tensor of integers.</summary>
    /// <param name="type">The format's name of the element type.</param>
    /// <exception cref="ModelLoadException">It is missing, or of another shape or element type.</exception>
    internal IntegerTensor Integers(string name, string type, params ReadOnlySpan<long> shape)
    {
        var (tensor, where) = Find(name, shape);
        if (tensor.Type != type) throw new ModelLoadException($"{where} has the dtype {tensor.Type}, {type} is expected.");
        return new IntegerTensor(where, tensor.Data, tensor.End - tensor.Begin);
    }

    (SafetensorsTensor Tensor, string Where) Find(string name, ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new ModelLoadException($"{_folder}: the tensor \"{name}\" is missing from the checkpoint.");
        var where = $"{_files.First(f => f.Tensors.ContainsKey(name)).Path}: the tensor \"{name}\"";
        if (shape.SequenceEqual(tensor.Shape.ToArray())) return (tensor, where);
        throw new ModelLoadException($"{where} has the shape [{string.Join(", ", tensor.Shape)}], "
            + $"[{string.Join(", ", shape.ToArray())}] is expected.");
    }

    public void Dispose() => _files.ForEach(f => f.Dispose());

    void Add(SafetensorsFile file)
    {
        _files.Add(file);
        foreach (var (name, tensor) in file.Tensors)
        {
            if (!_tensors.TryAdd(name, tensor))
                throw new ModelLoadException($"{file.Path}: the tensor \"{name}\" is in another shard as well.");
        }
    }

    void AddShards(string single)
    {
        var index = JsonFile.TryRead(Path.Combine(_folder, "model.safetensors.index.json"))
            ?? throw new ModelLoadException($"{single}: the file is missing, and so is model.safetensors.index.json.");
        if (!index.Members.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw index.Fault("\"weight_map\" is missing.");
        foreach (var shard in map.EnumerateObject().Select(e => e.Value.ToString()).Distinct(StringComparer.Ordinal))
        {
            // A shard lies beside its index: a name with a path in it would read files elsewhere.
            if (shard != Path.GetFileName(shard) || !shard.EndsWith(".safetensors", StringComparison.Ordinal))
                throw index.Fault($"\"weight_map\" names \"{shard}\", which is not a safetensors file of this folder.");
            Add(SafetensorsFile.Open(Path.Combine(_folder, shard)));
        }
        foreach (var entry in map.EnumerateObject())
        {
            if (!_tensors.ContainsKey(entry.Name)) throw index.Fault($"the tensor \"{entry.Name}\" is not in {entry.Value}.");
        }
    }
}
