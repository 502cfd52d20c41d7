using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>POST /v1/completions: JSON to a valid call, or an <see cref="ApiException"/> that names the parameter.</summary>
internal static class CompletionRequest
{
    /// <summary>OpenAI's default for this endpoint, and vLLM's.</summary>
    const int DefaultMaxTokens = 16;

    const int MaxPrompts = 256;

    /// <param name="detokenize">The text of a prompt that came as ids; only asked when the answer begins with the prompt.</param>
    public static GenerationCall Parse(JsonElement body, ModelCard model, Func<IReadOnlyList<int>, string> detokenize)
    {
        var fields = new JsonFields(body);
        model.Check(fields.String("model"));
        var stream = fields.Bool("stream", false);
        var prompts = Prompts(fields, model);
        var logprobs = fields.Int("logprobs", 0, SamplingFields.MaxLogprobs);
        var sampling = SamplingFields.Take(fields, model, fields.Int("max_tokens", 1) ?? DefaultMaxTokens, logprobs);
        var format = new ResponseFormat
        {
            Chat = false,
            IncludeUsage = SamplingFields.IncludeUsage(fields, stream),
            Logprobs = logprobs is not null,
            NumPrompts = prompts.Count,
        };
        var echo = Echo(fields, logprobs);
        TakeOthers(fields, sampling.N);
        fields.RefuseOthers();
        var turns = prompts.Select(prompt => Turn(prompt, echo ? format with { Echo = prompt.Text ?? detokenize(prompt.Ids!) } : format));
        return new GenerationCall([.. turns], format, stream);

        TurnRequest Turn(Prompt prompt, ResponseFormat answer) =>
            new() { Model = model.Name, Prompt = prompt.Text, PromptTokenIds = prompt.Ids, Sampling = sampling, Tag = Tag(answer) };
    }

    static string Tag(ResponseFormat format)
    {
        var tag = format.ToTag();
        return tag.Length <= TurnRequest.MaxTagLength ? tag : throw new ApiException(ApiError.Unsupported("echo",
            $"the prompt is too long to be repeated; at most about {TurnRequest.MaxTagLength} characters can be."));
    }

    static bool Echo(JsonFields fields, int? logprobs)
    {
        var echo = fields.Bool("echo", false);
        if (echo && logprobs is not null)
            throw new ApiException(ApiError.Unsupported("echo", "together with 'logprobs' it would need those of the prompt."));
        return echo;
    }

    static void TakeOthers(JsonFields fields, int n)
    {
        SamplingFields.TakeOthers(fields);
        fields.RefuseUnless("suffix", "this server continues a prompt, it does not fill a gap.", e =>
            e.ValueKind == JsonValueKind.String && e.ValueEquals(""u8));
        fields.RefuseUnless("add_special_tokens", "leave it out.", SamplingFields.IsTrue);
        if (fields.Int("best_of", 1, SamplingFields.MaxChoices) is { } bestOf && bestOf != n)
            throw new ApiException(ApiError.Unsupported("best_of", "it must equal 'n'."));
    }

    static IReadOnlyList<Prompt> Prompts(JsonFields fields, ModelCard model)
    {
        const string name = "prompt";
        if (fields.Take(name) is not { } value) throw new ApiException(ApiError.Missing(name));
        if (value.ValueKind == JsonValueKind.String) return [Text(value, name)];
        if (value.ValueKind != JsonValueKind.Array)
            throw fields.WrongType(name, "a string, an array of strings, an array of token ids or an array of arrays of token ids", value);
        if (value.GetArrayLength() == 0) throw new ApiException(ApiError.Invalid($"'{name}' must not be empty.", name));
        return value[0].ValueKind switch
        {
            JsonValueKind.String => JsonFields.Items(value, name, MaxPrompts, Text),
            JsonValueKind.Array => JsonFields.Items(value, name, MaxPrompts, (e, path) => Ids(e, path, model)),
            _ => [Ids(value, name, model)],
        };
    }

    static Prompt Text(JsonElement value, string path) => new(JsonFields.Text(value, path), null);

    static Prompt Ids(JsonElement value, string path, ModelCard model)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw new ApiException(ApiError.Invalid($"'{path}' must be an array of at least one token id.", path, "invalid_type"));
        if (value.GetArrayLength() > model.MaxModelLen)
            throw new ApiException(ApiError.Invalid(
                $"The prompt has {value.GetArrayLength()} tokens; the model's context length is {model.MaxModelLen}.", path,
                    "context_length_exceeded"));
        return new(null, JsonFields.Items(value, path, model.MaxModelLen, (e, at) => SamplingFields.TokenId(e, at, model.VocabSize)));
    }

    readonly record struct Prompt(string? Text, IReadOnlyList<int>? Ids);
}
