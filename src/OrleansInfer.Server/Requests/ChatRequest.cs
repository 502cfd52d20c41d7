using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>POST /v1/chat/completions: JSON to a valid call, or an <see cref="ApiException"/> that names the parameter.</summary>
internal static class ChatRequest
{
    const int MaxTools = 128;

    public static GenerationCall Parse(JsonElement body, ModelCard model)
    {
        var fields = new JsonFields(body);
        model.Check(fields.String("model"));
        var stream = fields.Bool("stream", false);
        var logprobs = Logprobs(fields);
        var format = new ResponseFormat
        {
            Chat = true, IncludeUsage = SamplingFields.IncludeUsage(fields, stream), Logprobs = logprobs is not null,
        };
        var turn = ParsePrompt(fields) with
        {
            Model = model.Name,
            Sampling = SamplingFields.Take(fields, model, MaxTokens(fields), logprobs),
            Tag = format.ToTag(),
        };
        TakeOthers(fields);
        fields.RefuseOthers();
        return new GenerationCall([turn], format, stream);
    }

    /// <summary>The fields that make the prompt; /tokenize has them too.</summary>
    public static TurnRequest ParsePrompt(JsonFields fields)
    {
        foreach (var name in (ReadOnlySpan<string>)["continue_final_message", "add_special_tokens"])
            fields.RefuseUnless(name, "leave it out.", SamplingFields.IsFalse);
        return new TurnRequest
        {
            Messages = MessageFields.Take(fields),
            ToolsJson = Tools(fields),
            ChatTemplateKwargsJson = TemplateKwargs(fields, fields.String("reasoning_effort")),
        };
    }

    static int? MaxTokens(JsonFields fields)
    {
        var old = fields.Int("max_tokens", 1);
        return fields.Int("max_completion_tokens", 1) ?? old;
    }

    static int? Logprobs(JsonFields fields)
    {
        var wanted = fields.Bool("logprobs", false);
        var top = fields.Int("top_logprobs", 0, SamplingFields.MaxLogprobs);
        if (top > 0 && !wanted) throw new ApiException(ApiError.Invalid("'top_logprobs' needs 'logprobs' to be true.", "top_logprobs"));
        return wanted ? top ?? 0 : null;
    }

    static string? Tools(JsonFields fields)
    {
        var none = ToolChoiceIsNone(fields);
        if (fields.Take("tools") is not { } tools) return null;
        if (tools.ValueKind != JsonValueKind.Array) throw fields.WrongType("tools", "an array", tools);
        JsonFields.Items(tools, "tools", MaxTools, MessageFields.Function);
        return none || tools.GetArrayLength() == 0 ? null : RawJson.Of(tools, "tools");
    }

    public static bool ToolChoiceIsNone(JsonFields fields)
    {
        if (fields.Take("tool_choice") is not { } choice) return false;
        if (choice.ValueKind == JsonValueKind.String && choice.ValueEquals("none"u8)) return true;
        if (choice.ValueKind == JsonValueKind.String && choice.ValueEquals("auto"u8)) return false;
        throw new ApiException(ApiError.Unsupported(
            "tool_choice", "only \"none\" and \"auto\" are; this server does not constrain its output."));
    }

    public static string? TemplateKwargs(JsonFields fields, string? reasoningEffort)
    {
        const string name = "chat_template_kwargs";
        var value = fields.Take(name);
        if (value is { ValueKind: not JsonValueKind.Object } other) throw fields.WrongType(name, "an object", other);
        foreach (var reserved in (ReadOnlySpan<string>)["messages", "tools", "chat_template"])
            if (value?.TryGetProperty(reserved, out _) == true)
                throw new ApiException(ApiError.Invalid($"'{name}' must not hold '{reserved}'.", name));
        var kwargs = JsonNode.Parse(value is { } given ? RawJson.Of(given, name) : "{}")!.AsObject();
        if (reasoningEffort is not null) kwargs.TryAdd("reasoning_effort", reasoningEffort);
        if (!fields.Bool("add_generation_prompt", true)) kwargs["add_generation_prompt"] = false;
        return kwargs.Count > 0 ? kwargs.ToJsonString() : null;
    }

    static void TakeOthers(JsonFields fields)
    {
        SamplingFields.TakeOthers(fields);
        fields.Ignore("parallel_tool_calls");
        fields.RefuseUnless("modalities", "this server answers with text.", OnlyText);
        foreach (var name in (ReadOnlySpan<string>)["audio", "prediction", "web_search_options", "moderation", "verbosity"])
            fields.RefuseUnless(name, "leave it out.");
        foreach (var name in (ReadOnlySpan<string>)["functions", "function_call"]) fields.RefuseUnless(name, "use 'tools'.");
        fields.RefuseUnless("chat_template", "templates come with the model; one from a request would be code to run.");
        fields.RefuseUnless("echo", "leave it out.", SamplingFields.IsFalse);
    }

    static bool OnlyText(JsonElement value) => value.ValueKind == JsonValueKind.Array
        && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && item.ValueEquals("text"u8));
}
