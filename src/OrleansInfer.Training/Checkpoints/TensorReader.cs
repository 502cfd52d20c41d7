using System.Runtime.InteropServices;
using OrleansInfer.Kernels;
using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>Copies tensors out of mapped files, as fp32, to which every float type widens without loss.</summary>
internal static class TensorReader
{
    /// <summary>Every tensor of a file that <see cref="SafetensorsWriter"/> wrote in fp32.</summary>
    public static Dictionary<string, Tensor> ReadAll(SafetensorsFile file) => file.Tensors.ToDictionary(
        t => t.Key,
        t => t.Value.Type == "F32"
            ? Copy(t.Value.Data, ScalarType.Float32, [.. t.Value.Shape])
            : throw new ModelLoadException($"{file.Path}: the tensor \"{t.Key}\" is {t.Value.Type}; F32 is expected."));

    /// <summary>The weights of a model, by name.</summary>
    /// <exception cref="ModelLoadException">One is missing, or of another shape or type than config.json asks for.</exception>
    public static Dictionary<string, Tensor> ReadWeights(Checkpoint checkpoint, ModelConfig config) => WeightShapes.Of(config).ToDictionary(
        w => w.Name,
        w =>
        {
            var view = checkpoint.Get(w.Name, w.Shape);
            return Copy(view.Data, TypeOf(view.Type), w.Shape);
        });

    static Tensor Copy(nint data, ScalarType type, long[] shape)
    {
        using var scope = NewDisposeScope();
        var tensor = empty(shape, dtype: type);
        var bytes = new byte[tensor.numel() * tensor.element_size()];
        Marshal.Copy(data, bytes, 0, bytes.Length);
        tensor.bytes = bytes;
        return tensor.to(ScalarType.Float32).DetachFromDisposeScope();
    }

    static ScalarType TypeOf(WeightType type) => type switch
    {
        WeightType.F16 => ScalarType.Float16,
        WeightType.BF16 => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };
}
