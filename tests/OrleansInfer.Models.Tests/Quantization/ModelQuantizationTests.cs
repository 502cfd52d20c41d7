using OrleansInfer.Kernels;

namespace OrleansInfer.Models.Tests;

/// <summary>What --quantization and --keep say of each linear.</summary>
public sealed class ModelQuantizationTests
{
    [Theory]
    [InlineData("none", null, null)]
    [InlineData("int8", "int8", "int8")]
    [InlineData("int8-weight-only", "int8-weight-only", "int8-weight-only")]
    [InlineData("int4", "int4", "int8")] // rounding hurts the head most
    [InlineData("int4-g64", "int4-g64", "int8")]
    [InlineData("int4-g128-asym", "int4-g128-asym", "int8")]
    public void A_format_is_that_of_all_linears_and_int4_spares_the_head(string quantization, string? linears, string? head)
    {
        var asked = ModelQuantization.Parse(quantization);
        Assert.Equal(linears, Name(asked, "model.layers.3.mlp.down_proj"));
        Assert.Equal(head, Name(asked, "lm_head"));
        Assert.Equal(quantization, asked.ToString());
    }

    [Fact]
    public void Exceptions_go_by_name_and_the_last_one_that_fits_decides()
    {
        var asked = ModelQuantization.Parse(
            "int4", "lm_head=bfloat16, layers.0.*=int8,layers.0.mlp.down_proj = int4-g128,layers.?.self_attn.o*=none");
        Assert.Null(Name(asked, "lm_head"));
        Assert.Equal("int8", Name(asked, "model.layers.0.self_attn.q_proj"));
        Assert.Equal("int4-g128", Name(asked, "model.layers.0.mlp.down_proj"));
        Assert.Null(Name(asked, "model.layers.0.self_attn.o_proj"));
        Assert.Equal("int4", Name(asked, "model.layers.10.self_attn.o_proj"));
        Assert.Equal("int4, keep lm_head=none,layers.0.*=int8,layers.0.mlp.down_proj=int4-g128,layers.?.self_attn.o*=none",
            asked.ToString());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("bfloat16", DataType.BFloat16)]
    [InlineData("int8", DataType.Int8)]
    [InlineData("float32", DataType.Float32)]
    public void The_cache_has_a_type_of_its_own(string? name, DataType? type)
    {
        var asked = ModelQuantization.Parse("none", kvType: name);
        Assert.Equal(type, asked.KvType);
        Assert.True(asked.IsNone);
    }

    [Fact]
    public void There_is_no_cache_of_4_bits() =>
        Assert.Contains("'int4'; there are bfloat16, int8",
            Assert.Throws<FormatException>(() => ModelQuantization.Parse(null, null, "int4")).Message);

    [Theory]
    [InlineData("int5", null, "'int5'; there are none, int8,")]
    [InlineData("int8-asym", null, "'int8-asym'")]
    [InlineData("INT8", null, "'INT8'")]
    [InlineData("", null, "''")]
    [InlineData("int8", "lm_head", "'lm_head' is no exception")]
    [InlineData("int8", "lm_head=int4,", "'' is no exception")]
    [InlineData("int8", "lm_head=a=b", "'lm_head=a=b' is no exception")]
    [InlineData("int8", "=int4", "'=int4' is no exception")]
    [InlineData("int8", "lm_head=int3", "'int3'")]
    public void What_means_nothing_is_refused_with_what_would(string quantization, string? keep, string fault) =>
        Assert.Contains(fault, Assert.Throws<FormatException>(() => ModelQuantization.Parse(quantization, keep)).Message);

    [Theory]
    [InlineData("int4", "layers.7.*=int8", "no linear of the model is called 'layers.7.*'")]
    [InlineData("int4", "model.layers.0.*=int8", "called layers.0.self_attn.q_proj")]
    [InlineData("int4", "*.q_proj=int8", "layers.0.self_attn.q_proj is int8, layers.0.self_attn.k_proj is int4, layers.0.self_attn.v_proj")]
    [InlineData("int4", "layers.1.mlp.up_proj=none", "layers.1.mlp.up_proj is not quantized: these are multiplied as one matrix")]
    public void What_does_not_fit_the_model_is_refused_before_its_weights_are_read(string quantization, string keep, string fault)
    {
        using var checkpoint = new RandomCheckpoint("Qwen3ForCausalLM");
        using var weights = Checkpoint.Open(checkpoint.Folder);
        var refusal = Assert.Throws<ModelLoadException>(() =>
            new LinearFormats(weights, ModelConfig.Load(checkpoint.Folder), ModelQuantization.Parse(quantization, keep)));
        Assert.Contains(fault, refusal.Message);
    }

    [Fact]
    public void Parts_of_one_matrix_may_be_kept_together()
    {
        using var checkpoint = new RandomCheckpoint("Qwen3ForCausalLM");
        using var weights = Checkpoint.Open(checkpoint.Folder);
        var config = ModelConfig.Load(checkpoint.Folder);
        var formats = new LinearFormats(weights, config, ModelQuantization.Parse("int4", "*.?_proj=int8"));
        Assert.All(NetworkLinears.Qkv(config, 1), part => Assert.Equal(LinearQuantization.Int8, formats.Of(part)));
        Assert.Equal(LinearQuantization.Int4(), formats.Of(NetworkLinears.Down(config, 1)[0]));
    }

    static string? Name(ModelQuantization asked, string module) =>
        asked.FormatOf(new LinearPart(module, 8, 8)) is { Linear: not null } format ? format.Name : null;
}
