using System.Diagnostics;
using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>A cluster as one of its servers shows it.</summary>
internal static class Cluster
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<List<JsonElement>> Silos(RunningServer server) =>
        [.. (await Chat.Get(server.Http, "/admin/cluster")).GetProperty("silos").EnumerateArray()];

    /// <summary>The silos, when the server knows so many.</summary>
    public static Task<List<JsonElement>> WaitFor(RunningServer server, int silos) => WaitFor(server, all => all.Count == silos);

    /// <summary>The silos, when the server sees them as asked.</summary>
    public static async Task<List<JsonElement>> WaitFor(RunningServer server, Predicate<List<JsonElement>> condition)
    {
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            var all = await Silos(server);
            if (condition(all)) return all;
            if (since.Elapsed > Patience)
                throw new TimeoutException($"After {Patience.TotalSeconds} s {server.Address} sees {string.Join('\n', all)}\n{server.Log}");
        }
    }

    public static int PidOf(JsonElement silo) => silo.GetProperty("pid").GetInt32();
}
