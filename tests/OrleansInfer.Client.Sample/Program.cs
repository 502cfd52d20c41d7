using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansInfer.Client;
using OrleansInfer.Client.Sample;

const string usage = """
    OrleansInfer.Client.Sample GATEWAYS chat PROMPT [CONVERSATION]   asks through IChatClient
    OrleansInfer.Client.Sample GATEWAYS start KEY PROMPT             begins a turn and leaves it alone
    OrleansInfer.Client.Sample GATEWAYS follow KEY [FROM [TAKE]]     reads a conversation's stream, to resume or to its end
    GATEWAYS are ports of this machine, as in 30000 or 30000,30001: with more than one the program outlives the death of a server.
    KEY is TENANT/CONVERSATION, as in default/42. Output: one JSON object a line.
    """;

if (args is not [var ports, .. var request] || GatewaysOf(ports) is not { } gateways)
{
    Console.Error.WriteLine(usage);
    return 2;
}

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
builder.UseOrleansClient(client => client
    .UseStaticClustering(gateways)
    .Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = "orleansinfer")
    .UseMemoryTokenStreams());
builder.Services.AddOrleansInferChatClient();
builder.Services.AddSingleton<Verbs>();

using var host = builder.Build();
await host.StartAsync();
var known = await host.Services.GetRequiredService<Verbs>().RunAsync(request);
await host.StopAsync();
if (!known) Console.Error.WriteLine(usage);
return known ? 0 : 2;

static IPEndPoint[]? GatewaysOf(string ports)
{
    var numbers = ports.Split(',').Select(port => int.TryParse(port, CultureInfo.InvariantCulture, out var number) ? number : -1).ToList();
    return numbers.Contains(-1) ? null : [.. numbers.Select(number => new IPEndPoint(IPAddress.Loopback, number))];
}
