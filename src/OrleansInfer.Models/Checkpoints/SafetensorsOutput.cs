using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace OrleansInfer.Models;

/// <summary>
/// A safetensors file that is being written, its tensors in any order and in pieces. Those of wide elements stand first in it, so that each
/// begins at a multiple of its elements' size, as readers that map the file need it.
/// </summary>
internal sealed class SafetensorsOutput : IDisposable
{
    readonly SafeFileHandle _file;
    readonly Dictionary<string, long> _begins = new(StringComparer.Ordinal); // from the file's first byte

    public SafetensorsOutput(string path, IReadOnlyList<TensorEntry> tensors)
    {
        var ordered = tensors.OrderByDescending(tensor => SafetensorsTensor.SizeOf(tensor.Type) ?? 1).ToList();
        var header = Header(ordered, out var length);
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, preallocationSize: header.Length + length);
        RandomAccess.Write(_file, header, 0);
        var at = (long)header.Length;
        foreach (var tensor in ordered)
        {
            _begins[tensor.Name] = at;
            at += tensor.Length;
        }
    }

    /// <param name="start">The piece's first byte within the tensor.</param>
    public void Write(string name, long start, ReadOnlySpan<byte> piece) => RandomAccess.Write(_file, piece, _begins[name] + start);

    /// <summary>Returns when the disk has it.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Dispose() => _file.Dispose();

    static byte[] Header(List<TensorEntry> tensors, out long length)
    {
        var json = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } }; // without it transformers refuses the file
        length = 0;
        foreach (var tensor in tensors)
        {
            json[tensor.Name] = new JsonObject
            {
                ["dtype"] = tensor.Type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(extent => (JsonNode)extent)]),
                ["data_offsets"] = new JsonArray(length, length + tensor.Length),
            };
            length += tensor.Length;
        }
        var text = Encoding.UTF8.GetBytes(json.ToJsonString());
        var header = new byte[8 + (text.Length + 7) / 8 * 8];
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        text.CopyTo(header, 8);
        header.AsSpan(8 + text.Length).Fill((byte)' ');
        return header;
    }
}
