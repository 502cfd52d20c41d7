namespace OrleansInfer.Models.Tests;

public sealed class ModelConfigTests : IDisposable
{
    const string Llama = """
        "architectures":["LlamaForCausalLM"],"hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,
        "intermediate_size":160,"vocab_size":100,"max_position_embeddings":1024,"rms_norm_eps":1e-5
        """;

    readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_a_llama_with_its_defaults()
    {
        var config = Load("{" + Llama + ""","eos_token_id":[2,3]}""");
        Assert.Equal((16, 2, 1024), (config.HeadDim, config.NumKeyValueHeads, config.MaxModelLen));
        Assert.Equal(("default", 10_000.0), (config.Rope.Type, config.Rope.Theta));
        Assert.False(config.QkvBias || config.OutputBias || config.QkNorm || config.TieWordEmbeddings);
        Assert.Equal([2, 3], config.EosTokenIds);
    }

    [Fact]
    public void Qwen2_has_biases_on_queries_keys_and_values_only()
    {
        var config = Load("{" + Llama.Replace("LlamaForCausalLM", "Qwen2ForCausalLM") + "}");
        Assert.True(config.QkvBias);
        Assert.False(config.OutputBias);
    }

    [Fact]
    public void Mistral_is_served_within_its_sliding_window_and_qwen2_only_if_it_slides()
    {
        Assert.Equal(256, Load("{" + Llama.Replace("Llama", "Mistral") + ""","sliding_window":256}""").MaxModelLen);
        Assert.Equal(1024, Load("{" + Llama.Replace("Llama", "Mistral") + ""","sliding_window":null}""").MaxModelLen);
        Assert.Equal(1024, Load("{" + Llama.Replace("Llama", "Qwen2") + ""","sliding_window":256}""").MaxModelLen);
        var switchedOff = Load("{" + Llama.Replace("Llama", "Mistral") + ""","sliding_window":256,"use_sliding_window":false}""");
        Assert.Equal(1024, switchedOff.MaxModelLen);
    }

    [Theory]
    [InlineData("not json", "not valid JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("{}", "architectures")]
    [InlineData("""{"architectures":["GPT2LMHeadModel"]}""", "\"GPT2LMHeadModel\" is not supported")]
    [InlineData("""{"architectures":["LlamaForCausalLM"]}""", "\"num_attention_heads\" is missing")]
    [InlineData("""{"architectures":["LlamaForCausalLM"],"num_attention_heads":"4"}""", "must be a whole number")]
    [InlineData("{" + Llama + ""","head_dim":17}""", "multiple of 16")]
    [InlineData("{" + Llama + ""","hidden_act":"gelu"}""", "\"gelu\"")]
    [InlineData("{" + Llama + ""","quantization_config":{}}""", "\"quant_method\" is missing")]
    [InlineData("{" + Llama + ""","rope_scaling":{"rope_type":"longrope","factor":2}}""", "\"longrope\" is not supported")]
    [InlineData("{" + Llama + ""","rope_scaling":{"rope_type":"linear"}}""", "\"factor\" is missing")]
    public void Refuses_by_naming_the_file_and_the_fault(string json, string fault)
    {
        var refusal = Assert.Throws<ModelLoadException>(() => Load(json));
        Assert.Contains("config.json", refusal.Message);
        Assert.Contains(fault, refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Refuses_a_missing_folder_and_a_missing_file()
    {
        Assert.Contains("no such folder", Assert.Throws<ModelLoadException>(() => ModelConfig.Load(_folder + "-absent")).Message);
        Assert.Contains("config.json: the file is missing", Assert.Throws<ModelLoadException>(() => ModelConfig.Load(_folder)).Message);
    }

    ModelConfig Load(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json);
        return ModelConfig.Load(_folder);
    }
}
