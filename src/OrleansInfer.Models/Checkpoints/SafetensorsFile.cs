using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>
/// A memory-mapped safetensors file (github.com/huggingface/safetensors, "Format"): 8 bytes length of the header, a JSON header, the data.
/// The header comes from a stranger: every number in it is checked against the file before a tensor is handed out.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    const long MaxHeaderBytes = 100_000_000; // the limit of the reference implementation

    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;
    readonly Dictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    SafetensorsFile(string path, long length)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            ReadHeader(start + _view.PointerOffset, length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

    /// <summary>The header's <c>__metadata__</c>: free text by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <exception cref="ModelLoadException">The file is missing, truncated, or its header contradicts it.</exception>
    public static SafetensorsFile Open(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) throw new ModelLoadException($"{path}: the file is missing.");
            if (file.Length < 8) throw new ModelLoadException($"{path}: truncated: {file.Length} bytes are no safetensors file.");
            return new SafetensorsFile(path, file.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        if (_view.SafeMemoryMappedViewHandle.IsClosed) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    void ReadHeader(byte* start, long length)
    {
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, 8));
        if (headerBytes > MaxHeaderBytes) throw Fault($"the header claims {headerBytes} bytes; at most {MaxHeaderBytes} are allowed.");
        if ((long)headerBytes > length - 8) throw Fault($"truncated: the header claims {headerBytes} bytes, the file has {length}.");
        var data = start + 8 + headerBytes;
        try
        {
            using var header = JsonDocument.Parse(new ReadOnlySpan<byte>(start + 8, (int)headerBytes).ToArray(), new() { MaxDepth = 8 });
            if (header.RootElement.ValueKind != JsonValueKind.Object) throw Fault("the header is not a JSON object.");
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__") ReadMetadata(entry.Value);
                else if (!_tensors.TryAdd(entry.Name, ReadEntry(entry, data))) throw Fault($"the tensor \"{entry.Name}\" is listed twice.");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: text that is not Unicode
        {
            throw new ModelLoadException($"{Path}: the header is not valid JSON.", e);
        }
        CheckCoverage(data, length - 8 - (long)headerBytes);
    }

    void ReadMetadata(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object) throw Fault("__metadata__ is not a JSON object.");
        foreach (var item in metadata.EnumerateObject())
            _metadata[item.Name] = item.Value.ToString();
    }

    SafetensorsTensor ReadEntry(JsonProperty entry, byte* data)
    {
        var name = entry.Name;
        if (entry.Value.ValueKind != JsonValueKind.Object) throw Fault($"the entry of the tensor \"{name}\" is not a JSON object.");
        if (!entry.Value.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String)
            throw Fault($"the tensor \"{name}\" has no dtype.");
        var shape = Numbers(entry.Value, "shape", name);
        var offsets = Numbers(entry.Value, "data_offsets", name);
        if (offsets.Length != 2 || offsets[1] < offsets[0])
            throw Fault($"the tensor \"{name}\" has data_offsets that are not [begin, end].");
        var tensor = new SafetensorsTensor(name, type.GetString()!, shape, (nint)data + (nint)offsets[0], offsets[0], offsets[1]);
        if (tensor.BytesOfShape is { } bytes && bytes != offsets[1] - offsets[0])
        {
            throw Fault($"the tensor \"{name}\" of shape [{string.Join(", ", shape)}] and dtype {tensor.Type} takes {bytes} bytes, "
                + $"its data_offsets span {offsets[1] - offsets[0]}.");
        }
        return tensor;
    }

    long[] Numbers(JsonElement entry, string member, string name)
    {
        if (!entry.TryGetProperty(member, out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > 16)
            throw Fault($"the tensor \"{name}\" has no {member}.");
        return [.. list.EnumerateArray().Select(Number)];

        long Number(JsonElement e) => e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out var n) && n is >= 0 and < 1L << 48
            ? n
            : throw Fault($"the tensor \"{name}\" has a {member} that is not made of whole numbers of a possible size.");
    }

    /// <summary>Tensors fill the data without holes or overlaps, as the format demands; so none reaches beyond the file's end.</summary>
    void CheckCoverage(byte* data, long length)
    {
        long at = 0;
        foreach (var tensor in _tensors.Values.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            var name = tensor.Name;
            if (tensor.End > length)
                throw Fault($"truncated: the tensor \"{name}\" ends at byte {tensor.End} of the data, the file holds {length}.");
            if (tensor.Begin != at) throw Fault($"the tensor \"{name}\" begins at byte {tensor.Begin} of the data, {at} is expected.");
            at = tensor.End;
        }
        if (at != length) throw Fault($"the header describes {at} bytes of data, the file holds {length}.");
    }

    ModelLoadException Fault(string fault) => new($"{Path}: {fault}");
}
