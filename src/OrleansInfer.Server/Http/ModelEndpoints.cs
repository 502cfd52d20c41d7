using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>GET /v1/models and /v1/models/{id}: the one model that is served.</summary>
internal sealed class ModelEndpoints(ModelCard model)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", http => JsonResponse.Write(http, WriteList));
        routes.MapGet("/v1/models/{**id}", http =>
        {
            model.Check((string?)http.GetRouteValue("id"));
            return JsonResponse.Write(http, WriteModel);
        });
    }

    void WriteList(Utf8JsonWriter json)
    {
        json.WriteString(JsonNames.Object, "list");
        json.WriteStartArray("data");
        json.WriteStartObject();
        WriteModel(json);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    void WriteModel(Utf8JsonWriter json)
    {
        json.WriteString(JsonNames.Id, model.Name);
        json.WriteString(JsonNames.Object, "model");
        json.WriteNumber(JsonNames.Created, model.Created.ToUnixTimeSeconds());
        json.WriteString("owned_by", "orleansinfer");
        json.WriteNumber("max_model_len", model.MaxModelLen);
    }
}
