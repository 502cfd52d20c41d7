using System.Text.Json;

namespace OrleansInfer.Models.Tests;

public sealed class ChatTemplateLoadTests
{
    static string Render(TemporaryFolder folder, object? variables = null) =>
        ChatTemplate.Load(folder.Path)!.Render(Rendering.Request(variables));

    static string Config(object config) => JsonSerializer.Serialize(config);

    static object Named(string name, string template) => new { name, template };

    [Fact]
    public void A_folder_without_a_template_has_none()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(ChatTemplate.Load(folder.Path));
        folder.With("tokenizer_config.json", "{\"bos_token\": \"<s>\", \"chat_template\": null}");
        Assert.Null(ChatTemplate.Load(folder.Path));
    }

    [Fact]
    public void Reads_template_and_tokens_from_the_tokenizer_s_configuration()
    {
        using var folder = new TemporaryFolder().With("tokenizer_config.json", Config(new
        {
            chat_template = "{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}{{ image_token }}",
            bos_token = "<s>",
            eos_token = new { content = "</s>", lstrip = false },
            pad_token = (string?)null,
            extra_special_tokens = new { image_token = "<image>" },
        }));
        Assert.Equal("<s></s>False<image>", Render(folder));
    }

    [Fact]
    public void Takes_tokens_that_the_configuration_lacks_from_the_map_of_special_tokens()
    {
        using var folder = new TemporaryFolder()
            .With("tokenizer_config.json", Config(new { chat_template = "{{ bos_token }}{{ eos_token }}", eos_token = "</s>" }))
            .With("special_tokens_map.json", Config(new { bos_token = new { content = "<s>" }, eos_token = "other" }));
        Assert.Equal("<s></s>", Render(folder));
    }

    [Fact]
    public void A_template_file_goes_before_the_configuration()
    {
        using var folder = new TemporaryFolder()
            .With("tokenizer_config.json", Config(new { chat_template = "old", bos_token = "<s>" }))
            .With("chat_template.jinja", "new{{ bos_token }}\n");
        Assert.Equal("new<s>", Render(folder));
    }

    [Fact]
    public void Reads_the_template_of_a_processor()
    {
        using var folder = new TemporaryFolder().With("chat_template.json", Config(new { chat_template = "seen" }));
        Assert.Equal("seen", Render(folder));
    }

    [Fact]
    public void Of_several_templates_the_request_decides()
    {
        using var folder = new TemporaryFolder().With("tokenizer_config.json", Config(new
        {
            chat_template = new[] { Named("default", "plain"), Named("tool_use", "tools"), Named("rag", "documents") },
        }));
        Assert.Equal("plain", Render(folder));
        Assert.Equal("plain", Render(folder, new { tools = (object?)null }));
        Assert.Equal("tools", Render(folder, new { tools = new[] { 1 }, documents = new[] { 1 } }));
        Assert.Equal("documents", Render(folder, new { documents = new[] { 1 } }));
    }

    [Fact]
    public void Additional_template_files_have_names_too()
    {
        using var folder = new TemporaryFolder().With("chat_template.jinja", "plain");
        Directory.CreateDirectory(Path.Combine(folder.Path, "additional_chat_templates"));
        folder.With(Path.Combine("additional_chat_templates", "tool_use.jinja"), "tools");
        Assert.Equal("tools", Render(folder, new { tools = new[] { 1 } }));
        Assert.Equal("plain", Render(folder));
    }

    [Fact]
    public void A_checkpoint_with_only_a_special_template_says_so()
    {
        using var folder = new TemporaryFolder().With("tokenizer_config.json", Config(new { chat_template = new[] { Named("rag", "x") } }));
        Assert.Contains("rag", Assert.Throws<TemplateException>(() => Render(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "object")]
    [InlineData("{\"chat_template\": 5}", "chat_template")]
    [InlineData("{\"chat_template\": [5]}", "name")]
    [InlineData("{\"chat_template\": [{\"name\": \"default\"}]}", "template")]
    [InlineData("{\"chat_template\": \"{% if %}\"}", "cannot be parsed")]
    [InlineData("{\"chat_template\": \"\\ud83e\"}", "Unicode")]
    public void A_configuration_that_cannot_be_used_is_named(string config, string expected)
    {
        using var folder = new TemporaryFolder().With("tokenizer_config.json", config);
        var fault = Assert.Throws<ModelLoadException>(() => ChatTemplate.Load(folder.Path));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_clock_of_a_template_is_the_one_it_was_given()
    {
        using var folder = new TemporaryFolder().With("chat_template.jinja", "{{ strftime_now('%d %B %Y, %H:%M:%S') }}");
        Assert.Equal("26 July 2024, 14:05:09", ChatTemplate.Load(folder.Path, FixedTime.Instance)!.Render(Rendering.Request(null)));
    }
}
