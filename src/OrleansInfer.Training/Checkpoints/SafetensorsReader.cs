using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>Reads a safetensors file whole into fp32 tensors, with its metadata.</summary>
internal sealed record SafetensorsReader(Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata)
{
    /// <exception cref="InvalidDataException">The file is not safetensors, or its header does not fit its data.</exception>
    public static SafetensorsReader Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        try
        {
            return Parse(bytes);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or KeyNotFoundException or InvalidOperationException
            or OverflowException or FormatException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"{path}: not a sound safetensors file: {e.Message}", e);
        }
    }

    static SafetensorsReader Parse(byte[] bytes)
    {
        var headerLength = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        var data = bytes.AsMemory(8 + headerLength);
        var result = new SafetensorsReader([], []);
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
                foreach (var item in entry.Value.EnumerateObject())
                    result.Metadata[item.Name] = item.Value.GetString() ?? "";
            else
                result.Tensors[entry.Name] = ReadTensor(entry.Value, data);
        }
        return result;
    }

    static Tensor ReadTensor(JsonElement entry, ReadOnlyMemory<byte> data)
    {
        var offsets = entry.GetProperty("data_offsets");
        var (start, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
        var shape = entry.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray();
        using var scope = NewDisposeScope();
        var tensor = empty(shape, dtype: ScalarTypeOf(entry.GetProperty("dtype").GetString()));
        var raw = data[start..end].ToArray();
        if (raw.Length != tensor.numel() * tensor.element_size())
            throw new ArgumentException($"{raw.Length} bytes of data for a tensor of shape [{string.Join(", ", shape)}].");
        tensor.bytes = raw;
        return tensor.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    static ScalarType ScalarTypeOf(string? name) => name switch
    {
        "F32" => ScalarType.Float32,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        _ => throw new ArgumentException($"dtype '{name}' is none of F32, F16, BF16."),
    };
}
