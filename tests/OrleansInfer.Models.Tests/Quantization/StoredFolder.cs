using System.Runtime.InteropServices;

namespace OrleansInfer.Models.Tests;

/// <summary>A folder with one safetensors file of given tensors, deleted with the object.</summary>
internal sealed class StoredFolder : IDisposable
{
    readonly Dictionary<string, (TensorEntry Entry, byte[] Bytes)> _tensors = [];
    Checkpoint? _open;

    public string Path { get; } = Directory.CreateTempSubdirectory("stored-").FullName;

    public Checkpoint Weights => _open ??= Open();

    public StoredFolder With<T>(string name, string type, T[] values, params long[] shape) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        _tensors[name] = (new TensorEntry(name, type, shape, bytes.Length), bytes);
        return this;
    }

    public void Dispose()
    {
        _open?.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    Checkpoint Open()
    {
        var path = System.IO.Path.Combine(Path, "model.safetensors");
        using (var file = new SafetensorsOutput(path, [.. _tensors.Values.Select(tensor => tensor.Entry)]))
            foreach (var (entry, bytes) in _tensors.Values) file.Write(entry.Name, 0, bytes);
        return Checkpoint.Open(Path);
    }
}
