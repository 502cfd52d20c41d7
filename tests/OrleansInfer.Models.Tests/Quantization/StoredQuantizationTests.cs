using OrleansInfer.Kernels;

namespace OrleansInfer.Models.Tests;

/// <summary>Matrices of each format, odd sizes among them, against integers that were packed one by one.</summary>
public sealed class StoredQuantizationTests
{
    const string Module = QuantizationCase.Module;

    [Theory]
    [InlineData(4, 32, 70, 96, true)]
    [InlineData(4, 32, 131, 100, false)] // a last group of 4, words that are not full, rows that fill no word of zero points
    [InlineData(4, 128, 8, 256, false)]
    [InlineData(8, 0, 33, 51, true)]
    [InlineData(8, 64, 65, 130, false)]
    public void Packed_compressed_tensors_are_read(int bits, int groupSize, int rows, int columns, bool symmetric)
    {
        var expected = new QuantizationCase(1, rows, columns, bits, groupSize);
        var perWord = 32 / bits;
        using var folder = new StoredFolder()
            .With($"{Module}.weight_packed", "I32", expected.PackedAlongColumns(), rows, (columns + perWord - 1) / perWord)
            .With($"{Module}.weight_shape", "I64", [(long)rows, columns], 2)
            .With($"{Module}.weight_scale", "F16", expected.ScalesByRow(), rows, expected.Groups)
            .With($"{Module}.weight_zero_point", "I32",
                expected.PackDown(expected.Groups, rows, (g, r) => expected.Zero[r, g]), (rows + perWord - 1) / perWord, expected.Groups);
        var strategy = groupSize == 0 ? "\"channel\"" : $"\"group\",\"group_size\":{groupSize}";
        var quantization = Compressed("pack-quantized", $$"""
            "num_bits":{{bits}},"type":"int","symmetric":{{(symmetric ? "true" : "false")}},"strategy":{{strategy}},"actorder":"static"
            """);
        Assert.Equal(new LinearQuantization(bits, groupSize, symmetric, false), quantization.FormatOf(folder.Weights, expected.Part));
        using var read = quantization.Read(folder.Weights, expected.Part);
        Assert.Null(read.ColumnOf);
        expected.Check(read.Matrix, symmetric);
    }

    [Fact]
    public void Packing_is_the_one_that_compressed_tensors_documents()
    {
        var packed = new byte[4];
        PackedIntegers.Pack([1, 2], 8, packed);
        Assert.Equal(33409, BitConverter.ToInt32(packed)); // its own example
        PackedIntegers.Pack([-8, 7, 0, -1, 1, 2, 3, 4], 4, packed);
        Assert.Equal(0xCBA978F0u, BitConverter.ToUInt32(packed));
        var values = new sbyte[8];
        PackedIntegers.Unpack(packed, 4, values);
        Assert.Equal([-8, 7, 0, -1, 1, 2, 3, 4], values);
    }

    [Theory]
    [InlineData("channel", true)]
    [InlineData("channel", false)]
    [InlineData("tensor", true)]
    public void Bytes_of_compressed_tensors_are_read(string strategy, bool symmetric)
    {
        var expected = new QuantizationCase(2, 37, 53, 8, 0);
        if (strategy == "tensor") for (var r = 0; r < expected.Rows; r++) expected.Scale[r, 0] = expected.Scale[0, 0];
        var bytes = expected.Q.Cast<int>().Select(q => (sbyte)(q - 128)).ToArray();
        using var folder = new StoredFolder().With($"{Module}.weight", "I8", bytes, 37, 53)
            .With($"{Module}.weight_zero_point", "I8", expected.Zero.Cast<int>().Select(z => (sbyte)(z - 128)).ToArray(), 37, 1);
        if (strategy == "tensor") folder.With($"{Module}.weight_scale", "F16", [expected.Scale[0, 0]], 1);
        else folder.With($"{Module}.weight_scale", "F16", expected.ScalesByRow(), 37, 1);
        var quantization = Compressed("int-quantized", $$"""
            "num_bits":8,"type":"int","symmetric":{{(symmetric ? "true" : "false")}},"strategy":"{{strategy}}","dynamic":false
            """, """{"num_bits":8,"type":"int","symmetric":true,"strategy":"token","dynamic":true}""");
        using var read = quantization.Read(folder.Weights, expected.Part);
        Assert.Equal(symmetric, read.Matrix.Quantization == LinearQuantization.Int8); // zero points have no kernel for 8-bit activations
        expected.Check(read.Matrix, symmetric);
    }

    [Theory]
    [InlineData(4, 32, 72, 96, true, "gptq")]
    [InlineData(4, 32, 136, 112, false, "gptq")]
    [InlineData(4, 128, 8, 256, false, "gptq_v2")]
    [InlineData(4, -1, 16, 40, false, "gptq")]
    [InlineData(8, 64, 68, 132, false, "gptq")]
    [InlineData(8, -1, 4, 4, true, "gptq_v2")]
    public void GPTQ_is_read(int bits, int groupSize, int rows, int columns, bool symmetric, string format)
    {
        var expected = new QuantizationCase(3, rows, columns, bits, Math.Max(groupSize, 0));
        using var folder = expected.StoreGptq(new StoredFolder(), Module, lessOne: format == "gptq");
        folder.With($"{Module}.g_idx", "I32", [.. Enumerable.Range(0, columns).Select(c => groupSize < 0 ? 0 : c / groupSize)], columns);
        var quantization = GptqQuantization($$"""
            "bits":{{bits}},"group_size":{{groupSize}},"sym":{{(symmetric ? "true" : "false")}},"checkpoint_format":"{{format}}",
            "desc_act":true
            """);
        using var read = quantization.Read(folder.Weights, expected.Part);
        Assert.Null(read.ColumnOf);
        expected.Check(read.Matrix, symmetric);
    }

    [Fact]
    public void GPTQ_adds_one_to_words_of_zero_points_as_it_was_subtracted()
    {
        // Zero points 0, 5, 5, ... of 4 bits less one in whole words: the zero borrows from its neighbour.
        var expected = new QuantizationCase(4, 8, 32, 4, 32);
        for (var r = 0; r < 8; r++) expected.Zero[r, 0] = r == 0 ? 0 : 5;
        using var folder = expected.StoreGptq(new StoredFolder(), Module, lessOne: false)
            .With($"{Module}.qzeros", "I32", [unchecked(0x55555550u - 0x11111111u)], 1, 1);
        using var read = GptqQuantization("\"bits\":4,\"group_size\":32,\"sym\":false").Read(folder.Weights, expected.Part);
        expected.Check(read.Matrix, symmetric: false);
    }

    [Fact]
    public void Columns_that_are_grouped_by_activations_come_back_in_their_order()
    {
        var expected = new QuantizationCase(5, 16, 80, 4, 32); // the last group has 16 columns
        var random = new Random(6);
        var groupOf = Enumerable.Range(0, 80).Select(c => c / 32).OrderBy(_ => random.Next()).ToArray();
        using var folder = expected.StoreGptq(new StoredFolder(), Module, lessOne: true).With($"{Module}.g_idx", "I32", groupOf, 80);
        using var read = GptqQuantization("\"bits\":4,\"group_size\":32,\"sym\":false").Read(folder.Weights, expected.Part);
        Assert.NotNull(read.ColumnOf);
        expected.Check(read.Matrix, symmetric: false, place => read.ColumnOf[place]);
        var weights = read.Dequantize();
        for (var r = 0; r < 16; r++)
            for (var c = 0; c < 80; c++)
                Assert.Equal((float)expected.Scale[r, groupOf[c]] * (expected.Q[r, c] - expected.Zero[r, groupOf[c]]), weights[r * 80 + c]);
    }

    [Theory]
    [InlineData(32, 64, 96)]
    [InlineData(64, 136, 200)]
    [InlineData(128, 8, 128)]
    [InlineData(-1, 72, 65)]
    public void AWQ_is_read(int groupSize, int rows, int columns)
    {
        var expected = new QuantizationCase(7, rows, columns, 4, Math.Max(groupSize, 0));
        using var folder = expected.StoreAwq(new StoredFolder(), Module);
        var quantization = Read($$"""{"quant_method":"awq","bits":4,"group_size":{{groupSize}},"zero_point":true,"version":"GEMM"}""");
        using var read = quantization.Read(folder.Weights, expected.Part);
        expected.Check(read.Matrix, symmetric: false);
    }

    [Fact]
    public void A_module_without_packed_weights_is_in_full_precision_in_GPTQ_and_AWQ()
    {
        var expected = new QuantizationCase(8, 8, 32, 4, 32);
        using var folder = expected.StoreGptq(new StoredFolder(), Module, lessOne: true);
        var quantization = GptqQuantization("\"bits\":4,\"group_size\":32");
        Assert.NotNull(quantization.FormatOf(folder.Weights, expected.Part));
        Assert.Null(quantization.FormatOf(folder.Weights, new LinearPart("lm_head", 8, 32)));
    }

    internal static StoredQuantization Read(string json)
    {
        using var folder = new TemporaryFolder().With("quantization.json", json);
        return StoredQuantization.Read(JsonFile.Read(Path.Combine(folder.Path, "quantization.json")));
    }

    static StoredQuantization GptqQuantization(string members) => Read($$"""{"quant_method":"gptq",{{members}}}""");

    static StoredQuantization Compressed(string format, string weights, string activations = "null") => Read($$$"""
        {"quant_method":"compressed-tensors","format":"{{{format}}}","quantization_status":"compressed","kv_cache_scheme":null,
         "config_groups":{"group_0":{"targets":["Linear"],"weights":{{{{weights}}}},"input_activations":{{{activations}}}}},
         "ignore":["lm_head"]}
        """);
}
