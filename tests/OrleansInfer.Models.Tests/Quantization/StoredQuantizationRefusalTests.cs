namespace OrleansInfer.Models.Tests;

/// <summary>What is not supported is named, with what to do instead; what contradicts config.json is no crash.</summary>
public sealed class StoredQuantizationRefusalTests
{
    const string Module = QuantizationCase.Module;

    const string Mend = "use the unquantized checkpoint, with --quantization int8 or int4";

    [Theory]
    [InlineData("""{"quant_method":"fp8"}""", "\"fp8\"")]
    [InlineData("""{"quant_method":"bitsandbytes"}""", "\"bitsandbytes\" are not supported (compressed-tensors, gptq and awq are)")]
    [InlineData("""{"quant_method":"gptq","bits":3,"group_size":128}""", "weights of 3 bits")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":20}""", "groups of 20 columns")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":128,"checkpoint_format":"marlin"}""", "\"marlin\"")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":128,"is_marlin_format":true}""", "\"marlin\"")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":128,"pack_dtype":"int16"}""", "packed into int16")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":128,"dynamic":{"-:.*":{}}}""", "\"dynamic\"")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":128,"version":"gemv"}""", "\"gemv\"")]
    [InlineData("""{"quant_method":"awq","bits":8,"group_size":128}""", "AWQ weights of 8 bits")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":128,"zero_point":false}""", "without zero points")]
    public void Methods_and_layouts_are_refused_by_name(string json, string fault) => AssertUnsupported(json, fault);

    [Theory]
    [InlineData("\"format\":\"float-quantized\"", "\"float-quantized\"")]
    [InlineData("\"format\":\"nvfp4-pack-quantized\"", "\"nvfp4-pack-quantized\"")]
    [InlineData("\"format\":\"marlin-24\"", "\"marlin-24\"")]
    [InlineData("\"quantization_status\":\"frozen\"", "\"frozen\"")]
    [InlineData("\"kv_cache_scheme\":{\"num_bits\":8}", "\"kv_cache_scheme\"")]
    [InlineData("\"sparsity_config\":{\"format\":\"sparse-24-bitmask\"}", "sparse weights")]
    [InlineData("\"transform_config\":{\"config_groups\":{}}", "\"transform_config\"")]
    public void Wholes_of_compressed_tensors_are_refused_by_name(string members, string fault)
    {
        var rest = members.StartsWith("\"format\"", StringComparison.Ordinal) ? "" : "\"format\":\"pack-quantized\",";
        AssertUnsupported($$$"""
            {"quant_method":"compressed-tensors",{{{rest}}}{{{members}}},
             "config_groups":{"group_0":{"targets":["Linear"],"weights":{"num_bits":4}} } }
            """, fault);
    }

    [Theory]
    [InlineData("\"weights\":{\"num_bits\":8,\"type\":\"float\"}", "type \"float\" (8 bits)")]
    [InlineData("\"weights\":{\"num_bits\":2}", "weights of 2 bits")]
    [InlineData("\"weights\":{\"num_bits\":4,\"dynamic\":true}", "\"dynamic\"")]
    [InlineData("\"weights\":{\"num_bits\":4,\"strategy\":\"block\"}", "\"block\"")]
    [InlineData("\"weights\":{\"num_bits\":4,\"strategy\":\"group\",\"group_size\":20}", "groups of 20 columns")]
    [InlineData("\"weights\":{\"num_bits\":4,\"actorder\":\"sideways\"}", "\"sideways\"")]
    [InlineData("\"weights\":{\"num_bits\":8},\"input_activations\":{\"num_bits\":8,\"dynamic\":false}", "static scales of activations")]
    [InlineData("\"weights\":{\"num_bits\":8},\"input_activations\":{\"type\":\"float\",\"dynamic\":true}", "type \"float\"")]
    [InlineData("\"weights\":{\"num_bits\":8},\"output_activations\":{\"num_bits\":8}", "\"output_activations\"")]
    public void Groups_of_compressed_tensors_are_refused_by_name(string members, string fault) => AssertUnsupported(Group(members), fault);

    [Theory]
    [InlineData("{}", "\"quant_method\" is missing")]
    [InlineData("""{"quant_method":7}""", "must be a string")]
    [InlineData("""{"quant_method":"gptq"}""", "\"bits\" is missing")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":1e9}""", "whole number")]
    [InlineData("""{"quant_method":"compressed-tensors"}""", "\"config_groups\" is missing")]
    [InlineData("""{"quant_method":"compressed-tensors","config_groups":{"W4A16":["Linear"]}}""", "JSON object")]
    [InlineData("""{"quant_method":"compressed-tensors","config_groups":{},"ignore":"lm_head"}""", "array of strings")]
    [InlineData("""{"quant_method":"compressed-tensors","config_groups":{},"ignore":["re:("]}""", "no regular expression")]
    public void Malformed_configurations_are_refused(string json, string fault) =>
        Assert.Contains(fault, Assert.Throws<ModelLoadException>(() => StoredQuantizationTests.Read(json)).Message);

    [Fact]
    public void Tensors_that_contradict_the_network_are_refused()
    {
        var stored = new QuantizationCase(1, 8, 32, 4, 32);
        var quantization = StoredQuantizationTests.Read(Group("\"weights\":{\"num_bits\":4,\"strategy\":\"group\",\"group_size\":32}"));
        Refuses("weight_packed\" is missing", folder => folder);
        Refuses("[8, 8], [8, 4] is expected", folder => folder.With($"{Module}.weight_packed", "I32", new int[64], 8, 8));
        Refuses("dtype I64, I32 is expected", folder => folder.With($"{Module}.weight_packed", "I64", new long[32], 8, 4));
        Refuses("[8, 33], [8, 32] is expected", folder => Packed(folder).With($"{Module}.weight_shape", "I64", [8L, 33], 2));
        Refuses("weight_scale\" has the shape [8, 2]", folder => Packed(folder).With($"{Module}.weight_scale", "F16", new Half[16], 8, 2));

        StoredFolder Packed(StoredFolder folder) => folder.With($"{Module}.weight_packed", "I32", stored.PackedAlongColumns(), 8, 4);

        void Refuses(string fault, Func<StoredFolder, StoredFolder> with)
        {
            using var folder = with(new StoredFolder());
            folder.With("other", "F32", new float[1], 1);
            Assert.Contains(fault, Assert.Throws<ModelLoadException>(() => quantization.Read(folder.Weights, stored.Part)).Message);
        }
    }

    [Theory]
    [InlineData(new[] { 0, 0, 0 }, "groups of 32")] // 96 columns in one group of 32
    [InlineData(new[] { 0, 1, 3 }, "groups of 32")]
    [InlineData(new[] { 0, -1, 1 }, "groups of 32")]
    public void Groups_of_columns_that_are_none_are_refused(int[] groups, string fault)
    {
        var stored = new QuantizationCase(2, 8, 96, 4, 32);
        using var folder = new StoredFolder()
            .With($"{Module}.qweight", "I32", new int[96], 12, 8)
            .With($"{Module}.scales", "F16", new Half[24], 3, 8)
            .With($"{Module}.g_idx", "I32", [.. groups.SelectMany(group => Enumerable.Repeat(group, 32))], 96);
        var quantization = StoredQuantizationTests.Read("""{"quant_method":"gptq","bits":4,"group_size":32}""");
        Assert.Contains(fault, Assert.Throws<ModelLoadException>(() => quantization.Read(folder.Weights, stored.Part)).Message);
    }

    [Fact]
    public void Bytes_outside_four_bits_are_refused()
    {
        using var folder = new StoredFolder().With($"{Module}.weight", "I8", Enumerable.Repeat((sbyte)9, 64).ToArray(), 2, 32);
        var quantization = StoredQuantizationTests.Read(
            Group("\"format\":\"int-quantized\",\"weights\":{\"num_bits\":4,\"strategy\":\"channel\"}"));
        var refusal = Assert.Throws<ModelLoadException>(() => quantization.Read(folder.Weights, new LinearPart(Module, 2, 32)));
        Assert.Contains("outside -8 to 7", refusal.Message);
    }

    static string Group(string members) => $$$"""
        {"quant_method":"compressed-tensors","format":"pack-quantized","config_groups":{"group_0":{"targets":["Linear"],{{{members}}}}} }
        """;

    static void AssertUnsupported(string json, string fault)
    {
        var message = Assert.Throws<ModelLoadException>(() => StoredQuantizationTests.Read(json)).Message;
        Assert.Contains(fault, message);
        Assert.Contains(Mend, message);
        Assert.DoesNotContain('\n', message);
    }
}
