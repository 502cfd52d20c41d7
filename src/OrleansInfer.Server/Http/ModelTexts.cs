using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>The served model's tokenizer and chat template, for what the edge does without a conversation.</summary>
internal sealed record ModelTexts(Tokenizer Tokenizer, ChatTemplate? ChatTemplate)
{
    public string Detokenize(IReadOnlyList<int> ids) => Tokenizer.Decode(ids, skipSpecialTokens: false);

    /// <summary>The ids of the prompt that a chat with these fields would have.</summary>
    public IReadOnlyList<int> TokenizeChat(JsonFields fields)
    {
        if (fields.Take("messages") is not { } messages) throw new ApiException(ApiError.Missing("prompt"));
        if (ChatTemplate is null) throw new ApiException(ApiError.Invalid("The model has no chat template; send a 'prompt'.", "messages"));
        var request = new JsonObject { ["messages"] = JsonNode.Parse(RawJson.Of(messages, "messages")) };
        if (fields.Take("tools") is { } tools) request["tools"] = JsonNode.Parse(RawJson.Of(tools, "tools"));
        request["add_generation_prompt"] = fields.Bool("add_generation_prompt", true);
        fields.RefuseUnless("continue_final_message", "leave it out.", SamplingFields.IsFalse);
        var special = fields.Bool("add_special_tokens", false);
        if (fields.Take("chat_template_kwargs") is { } kwargs)
            foreach (var (name, value) in Variables(kwargs)) request.TryAdd(name, value?.DeepClone());
        return Tokenizer.EncodeSegments(Render(ChatTemplate, request).Select(segment => (segment.Text, segment.FromTemplate)), special);
    }

    static JsonObject Variables(JsonElement kwargs)
    {
        _ = new JsonFields(kwargs, "chat_template_kwargs"); // refuses what is no object
        return JsonNode.Parse(RawJson.Of(kwargs, "chat_template_kwargs"))!.AsObject();
    }

    static IReadOnlyList<TemplateSegment> Render(ChatTemplate template, JsonObject request)
    {
        try
        {
            return template.RenderSegments(JsonSerializer.SerializeToElement(request));
        }
        catch (TemplateException e)
        {
            throw new ApiException(ApiError.Invalid(e.Message, "messages"));
        }
    }
}
