using System.Text.Json;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>POST /tokenize and /detokenize, in vLLM's shapes.</summary>
internal sealed class TokenizeEndpoints(Tokenizer tokenizer, PromptBuilder prompts, ModelCard model)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/tokenize", Tokenize);
        routes.MapPost("/detokenize", Detokenize);
    }

    async Task Tokenize(HttpContext http)
    {
        using var body = await RequestBody.Read(http);
        var fields = new JsonFields(body.RootElement);
        model.Check(fields.String("model"));
        var strings = fields.Bool("return_token_strs", false);
        var ids = fields.String("prompt") is { } prompt
            ? tokenizer.Encode(prompt, fields.Bool("add_special_tokens", true), parseSpecialTokens: true)
            : prompts.Build(ChatRequest.ParsePrompt(fields), history: []);
        fields.RefuseOthers();
        await JsonResponse.Write(http, json =>
        {
            json.WriteNumber("count", ids.Count);
            json.WriteNumber("max_model_len", model.MaxModelLen);
            json.WriteStartArray("tokens");
            foreach (var id in ids) json.WriteNumberValue(id);
            json.WriteEndArray();
            if (strings) WriteStrings(json, ids);
            else json.WriteNull("token_strs");
        });
    }

    void WriteStrings(Utf8JsonWriter json, IReadOnlyList<int> ids)
    {
        json.WriteStartArray("token_strs");
        foreach (var id in ids) json.WriteStringValue(tokenizer.IdToToken(id));
        json.WriteEndArray();
    }

    async Task Detokenize(HttpContext http)
    {
        using var body = await RequestBody.Read(http);
        var fields = new JsonFields(body.RootElement);
        model.Check(fields.String("model"));
        var ids = fields.Array("tokens", int.MaxValue, (e, path) => SamplingFields.TokenId(e, path, model.VocabSize))
            ?? throw new ApiException(ApiError.Missing("tokens"));
        fields.RefuseOthers();
        await JsonResponse.Write(http, json => json.WriteString("prompt", tokenizer.Decode(ids, skipSpecialTokens: false)));
    }
}
