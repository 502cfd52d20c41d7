using System.Globalization;
using System.Text.Json;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;

namespace OrleansInfer.Server;

/// <summary>The fields that /v1/chat/completions and /v1/completions share: OpenAI's and vLLM's sampling parameters.</summary>
internal static class SamplingFields
{
    public const int MaxChoices = 128, MaxStops = 16, MaxStopLength = 1024, MaxStopTokens = 1024, MaxBiases = 1024, MaxLogprobs = 20;

    /// <param name="logprobs">Read by the caller: the two endpoints spell it differently.</param>
    public static SamplingParams Take(JsonFields fields, ModelCard model, int? maxTokens, int? logprobs)
    {
        var defaults = model.Defaults;
        var sampling = new SamplingParams
        {
            N = fields.Int("n", 1, MaxChoices) ?? 1,
            Temperature = fields.Float("temperature") ?? defaults.Temperature,
            TopP = fields.Float("top_p") ?? defaults.TopP,
            TopK = fields.Int("top_k", -1) ?? defaults.TopK,
            MinP = fields.Float("min_p") ?? defaults.MinP,
            Seed = fields.Long("seed") is { } seed ? unchecked((ulong)seed) : null,
            PresencePenalty = fields.Float("presence_penalty") ?? 0,
            FrequencyPenalty = fields.Float("frequency_penalty") ?? 0,
            RepetitionPenalty = fields.Float("repetition_penalty") ?? defaults.RepetitionPenalty,
            LogitBias = Biases(fields, model.VocabSize),
            Stop = Stops(fields),
            StopTokenIds = fields.Array("stop_token_ids", MaxStopTokens, (e, path) => TokenId(e, path, model.VocabSize)) ?? [],
            MaxTokens = maxTokens,
            MinTokens = fields.Int("min_tokens", 0) ?? 0,
            IgnoreEos = fields.Bool("ignore_eos", false),
            IncludeStopStrInOutput = fields.Bool("include_stop_str_in_output", false),
            SkipSpecialTokens = fields.Bool("skip_special_tokens", true),
            Logprobs = logprobs,
        };
        if (SamplingParamsValidator.FirstFault(sampling, model.VocabSize, model.MaxModelLen) is var (param, message))
            throw new ApiException(ApiError.Invalid(message, param));
        return sampling;
    }

    public static int TokenId(JsonElement value, string path, int vocabSize) => (int)JsonFields.Integer(value, path, 0, vocabSize - 1);

    /// <summary>What both endpoints accept without effect, and what both refuse because it would change the answer.</summary>
    public static void TakeOthers(JsonFields fields)
    {
        fields.Ignore("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
            "prompt_cache_options");
        fields.RefuseUnless("response_format", "only {\"type\": \"text\"} is.", IsPlainText);
        foreach (var name in (ReadOnlySpan<string>)["structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar"])
            fields.RefuseUnless(name, "this server does not constrain its output.");
        foreach (var name in (ReadOnlySpan<string>)["allowed_token_ids", "bad_words", "logits_processors", "prompt_logprobs",
            "truncate_prompt_tokens", "cache_salt", "length_penalty"])
            fields.RefuseUnless(name, "leave it out.");
        fields.RefuseUnless("priority", "every request has the priority 0.", e =>
            e.ValueKind == JsonValueKind.Number && e.GetDouble() == 0);
        foreach (var name in (ReadOnlySpan<string>)["use_beam_search", "return_token_ids", "return_tokens_as_token_ids"])
            fields.RefuseUnless(name, "leave it out.", IsFalse);
        fields.RefuseUnless("spaces_between_special_tokens", "leave it out.", IsTrue);
    }

    public static bool IsFalse(JsonElement value) => value.ValueKind == JsonValueKind.False;

    public static bool IsTrue(JsonElement value) => value.ValueKind == JsonValueKind.True;

    /// <returns>Whether the stream ends with a chunk of usage.</returns>
    public static bool IncludeUsage(JsonFields fields, bool stream)
    {
        if (fields.Take("stream_options") is not { } value) return false;
        if (!stream)
            throw new ApiException(ApiError.Invalid("'stream_options' is only allowed when 'stream' is true.", "stream_options"));
        var options = new JsonFields(value, "stream_options");
        var usage = options.Bool("include_usage", false);
        options.RefuseUnless("continuous_usage_stats", "usage comes with the last chunk.", IsFalse);
        options.Ignore("include_obfuscation");
        options.RefuseOthers();
        return usage;
    }

    public static bool IsPlainText(JsonElement value) => value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text"u8);

    static IReadOnlyList<string> Stops(JsonFields fields)
    {
        const string name = "stop";
        if (fields.Take(name) is not { } value) return [];
        var stops = value.ValueKind switch
        {
            JsonValueKind.String => [JsonFields.Text(value, name)],
            JsonValueKind.Array => JsonFields.Items(value, name, MaxStops, JsonFields.Text),
            _ => throw fields.WrongType(name, "a string or an array of strings", value),
        };
        if (stops.Any(stop => stop.Length is 0 or > MaxStopLength))
            throw new ApiException(ApiError.Invalid($"Each of '{name}' must have 1 to {MaxStopLength} characters.", name));
        return stops;
    }

    static IReadOnlyDictionary<int, float>? Biases(JsonFields fields, int vocabSize)
    {
        const string name = "logit_bias";
        if (fields.Take(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object) throw fields.WrongType(name, "an object from token ids to numbers", value);
        var biases = new Dictionary<int, float>();
        foreach (var field in value.EnumerateObject())
        {
            if (!int.TryParse(field.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= vocabSize)
                throw new ApiException(ApiError.Invalid($"The keys of '{name}' must be token ids below {vocabSize}.", name));
            biases[id] = JsonFields.Number(field.Value, $"{name}.{id}");
            if (biases.Count > MaxBiases)
                throw new ApiException(ApiError.Invalid($"'{name}' may hold at most {MaxBiases} tokens.", name));
        }
        return biases;
    }
}
