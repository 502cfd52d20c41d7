using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training.Tests;

public sealed class SafetensorsWriterTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("safetensors-").FullName;

    [Fact]
    public unsafe void What_is_written_reads_back_with_types_shapes_values_and_metadata()
    {
        var path = Path.Combine(_folder, "a.safetensors");
        using var full = tensor(new float[] { 1, -2.5f, 3e-20f, 4, 5, 6 }).view(2, 3);
        using var half = tensor(new float[] { 0.5f, -128, 1.5f }).to(ScalarType.BFloat16);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["z"] = full, ["a.half"] = half },
            new Dictionary<string, string> { ["note"] = "a \"quoted\" word" });

        using var file = SafetensorsFile.Open(path);
        Assert.Equal("a \"quoted\" word", file.Metadata["note"]);
        var (z, a) = (file.Tensors["z"], file.Tensors["a.half"]);
        Assert.Equal(("F32", "BF16"), (z.Type, a.Type));
        Assert.Equal([2, 3], z.Shape);
        Assert.Equal([3], a.Shape);
        Assert.Equal([1, -2.5f, 3e-20f, 4, 5, 6], new ReadOnlySpan<float>((void*)z.Data, 6).ToArray());
        Assert.Equal([0x3f00, 0xc300, 0x3fc0], new ReadOnlySpan<ushort>((void*)a.Data, 3).ToArray()); // the upper halves of the floats
    }

    [Fact]
    public void A_view_is_written_as_what_it_shows()
    {
        var path = Path.Combine(_folder, "view.safetensors");
        using var whole = arange(6, dtype: ScalarType.Float32).view(2, 3);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["t"] = whole.t() });
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([0, 3, 1, 4, 2, 5], TensorReader.ReadAll(file)["t"].data<float>().ToArray());
    }

    [Fact]
    public void A_type_that_is_not_written_leaves_no_file_behind()
    {
        var path = Path.Combine(_folder, "b.safetensors");
        using var whole = arange(3, dtype: ScalarType.Int64);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["t"] = whole }));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
