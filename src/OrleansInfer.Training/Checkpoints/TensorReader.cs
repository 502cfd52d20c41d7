using System.Runtime.InteropServices;
using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>Tensors of safetensors files as fp32, which every float type widens to without loss.</summary>
internal static class TensorReader
{
    /// <exception cref="ModelLoadException">The file is not sound, or holds a tensor of a type that is no float.</exception>
    public static Dictionary<string, Tensor> ReadAll(SafetensorsFile file) =>
        file.Tensors.ToDictionary(t => t.Key, t => Read(file.Path, t.Value));

    static Tensor Read(string path, SafetensorsTensor source)
    {
        using var scope = NewDisposeScope();
        var bytes = new byte[source.End - source.Begin];
        Marshal.Copy(source.Data, bytes, 0, bytes.Length);
        var tensor = empty([.. source.Shape], dtype: TypeOf(path, source));
        tensor.bytes = bytes;
        return tensor.to(ScalarType.Float32).DetachFromDisposeScope();
    }

    static ScalarType TypeOf(string path, SafetensorsTensor source) => source.Type switch
    {
        "F32" => ScalarType.Float32,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        _ => throw new ModelLoadException($"{path}: the tensor \"{source.Name}\" is {source.Type}; F32, F16 and BF16 are read."),
    };
}
