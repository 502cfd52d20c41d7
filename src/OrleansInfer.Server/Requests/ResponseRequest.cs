using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>POST /v1/responses: JSON to a valid call, or an <see cref="ApiException"/> that names the parameter.</summary>
internal static class ResponseRequest
{
    const int MaxUserLength = 512, MaxIncludes = 64;

    /// <param name="request">Names this request among all others.</param>
    public static ResponseCall Parse(JsonElement body, ModelCard model, Guid request)
    {
        var fields = new JsonFields(body);
        model.Check(fields.String("model"));
        RefuseNamesOfChats(fields);
        var call = TakePlace(fields, request);
        var logprobs = Logprobs(fields);
        var maxTokens = fields.Int("max_output_tokens", 1);
        var sampling = SamplingFields.Take(fields, model, maxTokens, logprobs);
        if (sampling.N != 1) throw new ApiException(ApiError.Unsupported("n", "a response is one answer; make more requests."));
        var tools = ResponseToolFields.Take(fields);
        var (kwargs, reasoning) = TakeReasoning(fields);
        var echo = Echo(fields, call, sampling, maxTokens, tools, reasoning);
        var instructions = fields.String("instructions");
        TakeOthers(fields, call.Stream);
        fields.RefuseOthers();
        return call with
        {
            Turn = call.Turn with
            {
                Model = model.Name,
                Instructions = instructions,
                Sampling = sampling,
                ToolsJson = tools.ForTemplate,
                ChatTemplateKwargsJson = kwargs,
                Tag = Tag(echo, logprobs is not null, request),
            },
        };
    }

    static string Tag(string echo, bool logprobs, Guid request)
    {
        var tag = ResponseSettings.ToTag(echo, logprobs, request);
        return tag.Length <= TurnRequest.MaxTagLength ? tag : throw new ApiException(ApiError.Invalid(
            "'tools' is too long to be kept beside 'tool_choice' \"none\": leave it out, the model does not see it.", "tools"));
    }

    /// <summary>What is asked, where it belongs, and how long it lives.</summary>
    static ResponseCall TakePlace(JsonFields fields, Guid request)
    {
        var (conversation, previous) = (Conversation(fields), Previous(fields));
        if (conversation is not null && previous is not null)
            throw new ApiException(ApiError.Invalid(
                "'previous_response_id' and 'conversation' exclude each other: a conversation knows its last response.",
                "previous_response_id"));
        var (background, stored) = (fields.Bool("background", false), fields.Bool("store", true));
        if (background && !stored)
            throw new ApiException(ApiError.Invalid("'background' needs 'store' to be true: nobody could find the answer.", "store"));
        var input = Input(fields);
        if (input is null && conversation is null && previous is null) throw new ApiException(ApiError.Missing("input"));
        return new(new TurnRequest(), input ?? [], fields.Bool("stream", false), background, stored)
        {
            Request = request, Conversation = conversation, Previous = previous,
        };
    }

    static IReadOnlyList<InputItem>? Input(JsonFields fields) =>
        fields.Take("input") is { } value ? ItemFields.Read(value, "input") : null;

    static ConversationId? Conversation(JsonFields fields)
    {
        const string name = "conversation";
        if (fields.Take(name) is not { } value) return null;
        var path = name;
        if (value.ValueKind == JsonValueKind.Object)
        {
            var conversation = new JsonFields(value, name);
            path = $"{name}.id";
            value = conversation.Take("id") ?? throw new ApiException(ApiError.Missing(path));
            conversation.RefuseOthers();
        }
        return ConversationId.TryParse(JsonFields.Text(value, path), out var id) ? id : throw new ApiException(ApiError.Invalid(
            $"'{path}' must be the id of a conversation, \"conv_\" and 32 hexadecimal digits: POST /v1/conversations makes one.", path));
    }

    static ResponseId? Previous(JsonFields fields)
    {
        const string name = "previous_response_id";
        if (fields.String(name) is not { } text) return null;
        return ResponseId.TryParse(text, out var id) ? id : throw new ApiException(Responses.NoPrevious(text));
    }

    static int? Logprobs(JsonFields fields)
    {
        var includes = fields.Array("include", MaxIncludes, (e, path) => Includable.Check(JsonFields.Text(e, path), path));
        var wanted = includes?.Contains(Includable.Logprobs) == true;
        var top = fields.Int("top_logprobs", 0, SamplingFields.MaxLogprobs);
        if (top > 0 && !wanted)
            throw new ApiException(ApiError.Invalid(
                $"'top_logprobs' needs 'include' to hold \"{Includable.Logprobs}\".", "top_logprobs"));
        return wanted ? top ?? 0 : null;
    }

    static (string? Kwargs, JsonObject Echo) TakeReasoning(JsonFields fields)
    {
        const string name = "reasoning";
        var echo = new JsonObject { ["effort"] = null, ["summary"] = null };
        if (fields.Take(name) is not { } value) return (ChatRequest.TemplateKwargs(fields, null), echo);
        var reasoning = new JsonFields(value, name);
        var effort = reasoning.String("effort");
        foreach (var summary in (ReadOnlySpan<string>)["summary", "generate_summary"])
            reasoning.RefuseUnless(summary, "this server makes no summaries.", e => Is(e, "auto"));
        reasoning.RefuseOthers();
        echo["effort"] = effort;
        return (ChatRequest.TemplateKwargs(fields, effort), echo);
    }

    /// <summary>The parameters that a response repeats, as they are in effect.</summary>
    static string Echo(
        JsonFields fields, ResponseCall call, SamplingParams sampling, int? maxTokens, ResponseToolFields tools, JsonObject reasoning)
    {
        var echo = new JsonObject
        {
            ["background"] = call.Background,
            ["conversation"] = call.Conversation is { } id ? new JsonObject { ["id"] = id.ToString() } : null,
            ["max_output_tokens"] = maxTokens,
            ["max_tool_calls"] = null,
            ["metadata"] = Metadata(fields),
            ["parallel_tool_calls"] = fields.Bool("parallel_tool_calls", true),
            ["previous_response_id"] = call.Previous?.ToString(),
            ["prompt_cache_key"] = Name(fields, "prompt_cache_key"),
            ["reasoning"] = reasoning,
            ["safety_identifier"] = Name(fields, "safety_identifier"),
            ["service_tier"] = "default",
            ["store"] = call.Stored,
            ["temperature"] = sampling.Temperature,
            ["text"] = Text(fields),
            ["tool_choice"] = tools.Choice,
            ["top_logprobs"] = sampling.Logprobs ?? 0,
            ["top_p"] = sampling.TopP,
            ["truncation"] = "disabled",
            ["user"] = Name(fields, "user"),
        };
        if (tools.Unused is { } unused) echo["tools"] = unused;
        return echo.ToJsonString(Compact);
    }

    static JsonObject Metadata(JsonFields fields) =>
        new((MetadataFields.Take(fields) ?? new Dictionary<string, string>())
            .Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));

    /// <summary>What a caller calls somebody or something; without effect here.</summary>
    static string? Name(JsonFields fields, string name)
    {
        var value = fields.String(name);
        return value is not { Length: > MaxUserLength } ? value : throw new ApiException(ApiError.Invalid(
            $"'{name}' has {value.Length} characters; at most {MaxUserLength} are allowed.", name, "string_above_max_length"));
    }

    static JsonObject Text(JsonFields fields)
    {
        const string name = "text";
        if (fields.Take(name) is { } value)
        {
            var text = new JsonFields(value, name);
            text.RefuseUnless("format", "only {\"type\": \"text\"} is.", SamplingFields.IsPlainText);
            text.RefuseUnless("verbosity", "only \"medium\" is: say in 'instructions' how long an answer is to be.", e => Is(e, "medium"));
            text.RefuseOthers();
        }
        return new() { ["format"] = new JsonObject { ["type"] = "text" }, ["verbosity"] = "medium" };
    }

    static void RefuseNamesOfChats(JsonFields fields)
    {
        foreach (var (name, instead) in ((string, string)[])
            [("messages", "input"), ("prompt", "input"), ("max_tokens", "max_output_tokens"),
            ("max_completion_tokens", "max_output_tokens"), ("response_format", "text.format"),
            ("reasoning_effort", "reasoning.effort"), ("logprobs", "include")])
            fields.RefuseUnless(name, $"the Responses API has '{instead}' for it.");
    }

    static void TakeOthers(JsonFields fields, bool stream)
    {
        SamplingFields.TakeOthers(fields);
        if (fields.Take("stream_options") is { } value) TakeStreamOptions(value, stream);
        fields.RefuseUnless("truncation", "only \"disabled\" is: no part of a conversation is left out silently.", e => Is(e, "disabled"));
        fields.Ignore("max_tool_calls"); // of tools that this server would have to run
        foreach (var name in (ReadOnlySpan<string>)["context_management", "moderation", "echo", "best_of", "suffix"])
            fields.RefuseUnless(name, "leave it out.");
        fields.RefuseUnless("chat_template", "templates come with the model; one from a request would be code to run.");
    }

    static void TakeStreamOptions(JsonElement value, bool stream)
    {
        const string name = "stream_options";
        if (!stream) throw new ApiException(ApiError.Invalid($"'{name}' is only allowed when 'stream' is true.", name));
        var options = new JsonFields(value, name);
        options.Ignore("include_obfuscation");
        options.RefuseOthers();
    }

    static bool Is(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    static readonly JsonSerializerOptions Compact = new() { Encoder = WireJson.Writer.Encoder };
}
