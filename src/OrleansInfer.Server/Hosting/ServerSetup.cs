using System.Net;
using Orleans.Configuration;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using OrleansInfer.Grains;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>Everything the server is made of: one silo, by itself or in a cluster, HTTP, telemetry.</summary>
internal sealed class ServerSetup : IDisposable
{
    const int UsualSiloPort = 11111, UsualGatewayPort = 30000;

    static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(10);

    static readonly TimeSpan LongestParking = TimeSpan.FromDays(30);

    static readonly ApiException s_engineOnly = new(ApiError.NotFound(
        "This server generates for others (--role engine): ask one with --role api or both. Here are /health, /alive and /admin/cluster."));

    readonly IPAddress _address;

    readonly PortClaim _siloPort, _gatewayPort;

    readonly ServedModel _served;

    public ServerSetup(ServerOptions options, ServerStore store, LoadedModel model)
        : this(options, store, model.Files, ServedModel.From(model), EngineSizes.Of(options, model)) => Model = model;

    /// <summary>Of a server that takes requests and leaves the generating to others.</summary>
    public ServerSetup(ServerOptions options, ServerStore store, ModelFiles files)
        : this(options, store, files, ServedModel.From(files),
            new() { MaxModelLen = Math.Min(options.MaxModelLen ?? int.MaxValue, files.Config.MaxModelLen) })
    {
    }

    ServerSetup(ServerOptions options, ServerStore store, ModelFiles files, ServedModel served, EngineOptions engine)
    {
        (Options, Store, Files, _served, Engine) = (options, store, files, served, engine);
        _address = OwnAddress.Choose(options.SiloAddress);
        _siloPort = PortClaim.Take(_address, options.SiloPort, UsualSiloPort, "--silo-port");
        _gatewayPort = PortClaim.Take(_address, options.GatewayPort, UsualGatewayPort, "--gateway-port");
    }

    public ServerOptions Options { get; }

    public ModelFiles Files { get; }

    /// <summary>Null: others compute it.</summary>
    public LoadedModel? Model { get; }

    public EngineOptions Engine { get; }

    public ServerStore Store { get; }

    /// <summary>This server's silo, as other silos and clients find it.</summary>
    public SiloMember Member => new()
    {
        ClusterId = Options.ClusterId, ServiceId = Options.ServiceId, Journal = Store.JournalName, Address = _address,
        SiloPort = _siloPort.Port, GatewayPort = _gatewayPort.Port,
    };

    /// <summary>Set once the server takes requests, until it goes down.</summary>
    public bool IsReady { get; set; }

    public void Configure(WebApplicationBuilder builder)
    {
        ConfigureLogging(builder.Logging);
        builder.AddServiceDefaults();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        AddEdge(builder.Services);
        builder.Host.UseOrleans(ConfigureSilo);
        // Spans of every call between grains cost as much as the calls: only where somebody looks at them.
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }) builder.Host.UseOrleans(silo =>
            silo.AddActivityPropagation());
    }

    public void Dispose()
    {
        _siloPort.Dispose();
        _gatewayPort.Dispose();
    }

    public void Map(WebApplication app)
    {
        app.UseMiddleware<ErrorResponses>();
        app.UseMiddleware<Admission>();
        app.UseMiddleware<ApiKeys>();
        app.UseRouting();
        app.MapDefaultEndpoints();
        app.Services.GetRequiredService<ClusterEndpoint>().Map(app);
        if (Options.Role == SiloRole.Engine) app.Map("/{**any}", _ => throw s_engineOnly);
        else MapApi(app);
    }

    static void MapApi(WebApplication app)
    {
        app.Services.GetRequiredService<GenerationEndpoints>().Map(app);
        app.Services.GetRequiredService<ConversationEndpoints>().Map(app);
        app.Services.GetRequiredService<ResponseEndpoints>().Map(app);
        app.Services.GetRequiredService<ModelEndpoints>().Map(app);
        app.Services.GetRequiredService<TokenizeEndpoints>().Map(app);
    }

    void AddEdge(IServiceCollection services)
    {
        services.AddSingleton(Options);
        services.AddSingleton(Card());
        services.AddSingleton(Files.Tokenizer);
        services.AddSingleton(new PromptBuilder(_served));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Admission>();
        services.AddHealthChecks().AddCheck<Admission>("admission");
        services.AddSingleton<Drain>();
        services.AddSingleton<IHostLifetime, ServerLifetime>();
        services.AddSingleton<Takeover>();
        services.AddSingleton<Completions>();
        services.AddSingleton<Responses>();
        services.AddSingleton<ConversationReader>();
        services.AddSingleton<ActiveReaders>();
        services.AddSingleton<LiveStreams>();
        services.AddSingleton<Faults>();
        services.AddSingleton<GenerationEndpoints>();
        services.AddSingleton<StoredConversations>();
        services.AddSingleton<ConversationEndpoints>();
        services.AddSingleton<ResponseEndpoints>();
        services.AddSingleton<ModelEndpoints>();
        services.AddSingleton<TokenizeEndpoints>();
        services.AddSingleton<ClusterEndpoint>();
    }

    ModelCard Card() => new(
        Files.Name, Files.Config.VocabSize, Engine.MaxModelLen!.Value, Files.GenerationConfig.ToSamplingParams(), DateTimeOffset.UtcNow);

    void ConfigureSilo(ISiloBuilder silo)
    {
        Store.Configure(silo, Member);
        if (Options.Role == SiloRole.Api) silo.AddModel(_ => _served);
        else silo.AddEngine(_ => _served, Engine);
        silo.UseMemoryTokenStreams()
            .AddConversations(conversations =>
            {
                conversations.Role = Options.Role;
                conversations.ParkedFor = Options.Retention < LongestParking ? Options.Retention : LongestParking;
            });
    }

    void ConfigureLogging(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console => console.SingleLine = true);
        // The standard output belongs to what the program was asked for.
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
        // What goes wrong before is thrown as well, and said in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => IsReady && level >= LogLevel.Warning);
        // Of a cluster its warnings are of silos that come and go, with a stack trace for every call and connection that this cost; what
        // matters of that is said in a line by ourselves.
        var least = Store.IsShared ? LogLevel.Error : LogLevel.Warning;
        logging.AddFilter("Orleans", level => IsReady && level >= least);
        // A silo that stops under load tells of every call that it no longer takes, each with a stack trace; their callers get a 503 or
        // come back. The streams in memory log as "Microsoft.Extensions.Logging", the retries of placement as "Polly".
        foreach (var category in (ReadOnlySpan<string>)["Polly", "Microsoft.Extensions.Logging"])
            logging.AddFilter(category, level => IsReady && level >= (Store.IsShared ? LogLevel.Critical : LogLevel.Warning));
        // Streams in memory fail when their silo dies and when their queues move to one that comes; their readers miss nothing.
        foreach (var category in (ReadOnlySpan<string>)["Orleans.Streams", "Orleans.Providers.MemoryAdapterReceiver"])
            if (Store.IsShared) logging.AddFilter(category, LogLevel.Critical);
        // What it says of a silo that was given up is said again where that ends.
        if (Store.IsShared) logging.AddFilter("Orleans.Runtime.MembershipService.MembershipTableManager", LogLevel.Critical);
        // Orchestrators ask a server that leaves whether it is well, and it says no each time.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        // Of itself, not of Orleans.
        logging.AddFilter("OrleansInfer", LogLevel.Warning);
        // It warns at every start of a check that it has not begun yet.
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
    }
}
