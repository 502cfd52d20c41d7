using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>GET /admin/cluster: the devices of all silos.</summary>
internal sealed class ClusterEndpoint(ClusterLoad cluster)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/admin/cluster", http => JsonResponse.Write(http, json =>
    {
        json.WriteStartArray("silos");
        foreach (var silo in cluster.Silos)
        {
            json.WriteStartObject();
            json.WriteString("address", silo.Silo.Endpoint.ToString());
            json.WriteNumber("pid", silo.Pid);
            json.WriteString("role", silo.Role.ToString().ToLowerInvariant());
            json.WriteString("device", silo.Device);
            json.WriteString("model", silo.Model);
            json.WriteNumber("totalBlocks", silo.TotalBlocks);
            json.WriteNumber("freeBlocks", silo.FreeBlocks);
            json.WriteNumber("cachedBlocks", silo.CachedBlocks);
            json.WriteNumber("running", silo.Running);
            json.WriteNumber("waiting", silo.Waiting);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }));
}
