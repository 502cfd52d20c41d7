using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Orleans.Hosting;
using OrleansInfer.Client;
using OrleansInfer.Client.Sample;

const string usage = """
    OrleansInfer.Client.Sample GATEWAY_PORT chat PROMPT [CONVERSATION]   asks through IChatClient
    OrleansInfer.Client.Sample GATEWAY_PORT start KEY PROMPT             begins a turn and leaves it alone
    OrleansInfer.Client.Sample GATEWAY_PORT follow KEY [FROM [TAKE]]     reads a conversation's stream, to resume or to its end
    KEY is TENANT/CONVERSATION, as in default/42. Output: one JSON object a line.
    """;

if (args is not [var port, .. var request] || !int.TryParse(port, CultureInfo.InvariantCulture, out var gatewayPort))
{
    Console.Error.WriteLine(usage);
    return 2;
}

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
builder.UseOrleansClient(client => client
    .UseLocalhostClustering(gatewayPort, serviceId: "orleansinfer", clusterId: "orleansinfer")
    .UseMemoryTokenStreams());
builder.Services.AddOrleansInferChatClient();
builder.Services.AddSingleton<Verbs>();

using var host = builder.Build();
await host.StartAsync();
var known = await host.Services.GetRequiredService<Verbs>().RunAsync(request);
await host.StopAsync();
if (!known) Console.Error.WriteLine(usage);
return known ? 0 : 2;
