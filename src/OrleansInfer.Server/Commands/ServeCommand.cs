using System.CommandLine;
using System.Globalization;

namespace OrleansInfer.Server;

/// <summary>serve: the embedded silo and its HTTP endpoints. Every option is also a key of the section "OrleansInfer".</summary>
internal sealed class ServeCommand
{
    readonly Option<string?> _urls = new("--urls")
    {
        Description = "Address to listen on. Default: http://127.0.0.1:5080.", HelpName = "URL",
    };

    readonly IReadOnlyList<(string Key, Option Option, Func<ParseResult, IEnumerable<string>> Values)> _settings;

    public ServeCommand()
    {
        _settings =
        [
            Setting<string>("Model", "--model", "DIR", "Hugging Face folder of the model. Default: the demo model."),
            Setting<string>("Data", "--data", "DIR", "Where the journal of a server by itself lives. Default: ./data."),
            Setting<string>("Store", "--store", "STORE",
                "Servers with the same store are one cluster: its members and its journal are there. sqlite:PATH (servers of this "
                + "machine), postgres://user:password@host/database or 'postgres:Host=...;...' (of any machine), or "
                + "redis://:password@host (of any machine; members only, so it needs --journal)."),
            Setting<string>("Journal", "--journal", "STORE",
                "The journal of a cluster where it is not in its store: postgres:... or sqlite:PATH, the same for all servers."),
            Setting<string>("Role", "--role", "ROLE",
                "With --store: api takes requests and loads no weights, engine generates for the others. Default: both.",
                "api", "engine", "both"),
            Setting<string>("Dtype", "--dtype", "TYPE", "Arithmetic: bfloat16 (default) or float32.", "bfloat16", "float32"),
            Setting<string>("Quantization", "--quantization", "TYPE",
                $"How weights are held: {QuantizationOptions.Formats}. Default: none."),
            Setting<string>("Keep", "--keep", "NAME=TYPE,...", QuantizationOptions.KeepHelp),
            Setting<string>("KvDtype", "--kv-dtype", "TYPE", QuantizationOptions.KvDtypeHelp, "bfloat16", "int8", "float32"),
            Setting<int?>("MaxModelLen", "--max-model-len", "N", "Longest context in tokens. Default: the model's."),
            Setting<int?>("MaxNumSeqs", "--max-num-seqs", "N", "Most sequences in a step. Default: 64."),
            Setting<int?>("MaxNumBatchedTokens", "--max-num-batched-tokens", "N", "Most tokens in a step. Default: 1024."),
            Setting<int?>("MaxNumWaiting", "--max-num-waiting", "N", "Most requests that wait; more get status 429. Default: 1024."),
            Setting<int?>("BlockSize", "--block-size", "N", "Tokens in a KV block. Default: 16."),
            Setting<int?>("KvCacheMib", "--kv-cache-mib", "N", "Memory of the KV cache. Default: 1024."),
            Setting<int?>("NumKvBlocks", "--num-kv-blocks", "N", "Blocks of the KV cache, instead of --kv-cache-mib."),
            Time("Retention", "--retention", "How long an answer is kept for resuming readers: 10m (default), 90s, 1h."),
            Time("ResponseRetention", "--response-retention", "How long a stored response is kept: 30d (default), 12h."),
            Time("DrainTimeout", "--drain-timeout",
                "With --store: how long a server that was told to leave feeds the readers it has. Default: 25s."),
            Setting<string>("SiloAddress", "--silo-address", "IP",
                "Where other servers of the cluster reach this one: an address of this machine. Default: 127.0.0.1, which this machine "
                + "alone reaches. Orleans asks nobody who they are, so let only the cluster's machines and clients through to it."),
            Setting<int?>("SiloPort", "--silo-port", "PORT", "Orleans silo port. Default: 11111, or the next free one."),
            Setting<int?>("GatewayPort", "--gateway-port", "PORT", "Orleans gateway port. Default: 30000, or the next free one."),
            ApiKeys(),
            NoPrefixCaching(),
        ];
        Command = new Command("serve", "Serve the model over HTTP, in OpenAI's wire format (the default verb).");
        foreach (var option in Options) Command.Add(option);
        Command.SetAction(Run);
    }

    public Command Command { get; }

    public IEnumerable<Option> Options => [_urls, .. _settings.Select(setting => setting.Option)];

    public Task<int> Run(ParseResult parsed)
    {
        var settings = new Dictionary<string, string?>();
        foreach (var (key, option, values) in _settings)
        {
            if (parsed.GetResult(option) is null or { Implicit: true }) continue;
            foreach (var value in values(parsed))
                settings[$"{ServerOptions.Section}:{string.Format(CultureInfo.InvariantCulture, key, settings.Count)}"] = value;
        }
        return ServerProgram.Run(parsed.GetValue(_urls), settings);
    }

    static (string, Option, Func<ParseResult, IEnumerable<string>>) Setting<T>(
        string key, string name, string helpName, string description, params string[] only)
    {
        var option = new Option<T>(name) { Description = description, HelpName = helpName };
        if (only.Length > 0) option.AcceptOnlyFromAmong(only);
        return (key, option, parsed => [Convert.ToString(parsed.GetValue(option), CultureInfo.InvariantCulture) ?? ""]);
    }

    static (string, Option, Func<ParseResult, IEnumerable<string>>) Time(string key, string name, string description)
    {
        var option = new Option<TimeSpan>(name) { HelpName = "TIME", Description = description, CustomParser = Duration.Parse };
        return (key, option, parsed => [parsed.GetValue(option).ToString("c")]);
    }

    static (string, Option, Func<ParseResult, IEnumerable<string>>) ApiKeys()
    {
        var option = new Option<string[]>("--api-key") { HelpName = "KEY", Description = "Ask for this key; may be given more than once." };
        return ("ApiKeys:{0}", option, parsed => parsed.GetValue(option) ?? []);
    }

    static (string, Option, Func<ParseResult, IEnumerable<string>>) NoPrefixCaching()
    {
        var option = new Option<bool>("--no-prefix-caching") { Description = "Compute every prompt afresh." };
        return ("PrefixCaching", option, parsed => [parsed.GetValue(option) ? "false" : "true"]);
    }
}
