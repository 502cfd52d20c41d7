using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>A cluster as one of its servers shows it.</summary>
internal static class Cluster
{
    public static async Task<List<JsonElement>> Silos(RunningServer server) =>
        [.. (await Chat.Get(server.Http, "/admin/cluster")).GetProperty("silos").EnumerateArray()];

    /// <summary>The silos, when the server knows so many.</summary>
    public static Task<List<JsonElement>> WaitFor(RunningServer server, int silos) => WaitFor(server, all => all.Count == silos);

    /// <summary>The silos, when the server sees them as asked.</summary>
    public static async Task<List<JsonElement>> WaitFor(RunningServer server, Predicate<List<JsonElement>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var all = await Silos(server);
            if (condition(all)) return all;
            await Task.Delay(20, patience.Token);
        }
    }

    public static int PidOf(JsonElement silo) => silo.GetProperty("pid").GetInt32();
}
