using System.Globalization;
using System.Net;
using System.Reflection;
using OrleansInfer.Engine;
using OrleansInfer.Grains;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>What the console says when the server is ready.</summary>
internal static class StartupNotice
{
    const string Question =
        """{"messages": [{"role": "user", "content": "Hi, I would like a latte."}], "max_tokens": 100, "stream": true}""";

    const string Prompt = """{"prompt": "Once upon a time", "max_tokens": 100, "stream": true}""";

    public static void Write(TextWriter output, WebApplication app, ServerSetup setup)
    {
        var version = typeof(StartupNotice)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        output.WriteLine($"OrleansInfer {version} is ready on {string.Join(", ", app.Urls)}");
        if (setup.Options.Role != SiloRole.Both) Line("role", setup.Options.Role.ToString().ToLowerInvariant());
        if (setup.Model is { } model) WriteEngine(model, setup.Engine);
        else Line("model", $"{setup.Files.Name} ({setup.Files.Config.Architecture}), its weights on other servers");
        Line("context", string.Create(CultureInfo.InvariantCulture, $"{setup.Engine.MaxModelLen:N0} tokens"));
        foreach (var (name, value) in setup.Store.Notice) Line(name, value);
        var member = setup.Member;
        Line("silo", $"{new IPEndPoint(member.Address, member.SiloPort)}, gateway {new IPEndPoint(member.Address, member.GatewayPort)}");
        output.WriteLine("Try it:");
        output.WriteLine(Curl(app.Urls.First(), setup));
        output.Flush();

        void WriteEngine(LoadedModel model, EngineOptions engine)
        {
            var mib = model.Network.KvBytesPerToken * engine.BlockSize * engine.NumBlocks!.Value / 1048576.0;
            var weights = model.Quantization == "none" ? "" : $", weights {model.Quantization}";
            Line("model", $"{model.Name} ({model.Config.Architecture}, {model.DataType.ToString().ToLowerInvariant()}{weights})");
            Line("device", model.Device);
            Line("KV cache", string.Create(CultureInfo.InvariantCulture,
                $"{engine.NumBlocks:N0} blocks of {engine.BlockSize} tokens, {mib:N1} MiB, {model.KvType.ToString().ToLowerInvariant()}"));
        }

        void Line(string name, string value) => output.WriteLine($"  {name,-9} {value}");
    }

    static string Curl(string url, ServerSetup setup)
    {
        var keys = setup.Options.ApiKeys.Count + setup.Options.Tenants.Count;
        var key = keys > 0 ? " -H 'Authorization: Bearer YOUR_KEY'" : "";
        var (path, body) = setup.Files.ChatTemplate is null ? ("/v1/completions", Prompt) : ("/v1/chat/completions", Question);
        // An address to listen on need not be one to ask: "any" is this machine, too.
        var address = url.Replace("[::]", "localhost").Replace("0.0.0.0", "localhost").Replace("*", "localhost").Replace("+", "localhost")
            .TrimEnd('/');
        if (setup.Options.Role == SiloRole.Engine) return $"curl {address}/admin/cluster{key}";
        return $"curl -N {address}{path} -H 'Content-Type: application/json'{key} -d '{body}'";
    }
}
