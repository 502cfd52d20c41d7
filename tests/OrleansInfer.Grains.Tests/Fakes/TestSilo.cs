using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.TestingHost;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using OrleansInfer.Models;

namespace OrleansInfer.Grains.Tests;

/// <summary>One silo (or more) in this process, with a fake model on a real engine and a journal in memory.</summary>
sealed class TestSilo : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    InProcessTestCluster _cluster = null!;

    public MemoryDatabase Database { get; private init; } = new();

    public List<FakeModel> Models { get; } = [];

    public FakeModel Model => Models[0];

    public InProcessTestCluster Cluster => _cluster;

    public IServiceProvider Services => _cluster.Silos[0].ServiceProvider;

    /// <summary>Calls from within the silo, as its HTTP endpoints make them.</summary>
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public static FakeModel ModelOf(InProcessSiloHandle silo) => (FakeModel)silo.ServiceProvider.GetRequiredService<ServedModel>().Network!;

    public static DeviceEngine DeviceOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<DeviceEngine>();

    public DeviceEngine Device => Services.GetRequiredService<DeviceEngine>();

    public static async Task<TestSilo> StartAsync(
        MemoryDatabase? database = null, EngineOptions? engine = null, Action<ConversationOptions>? options = null,
        Action<FakeModel>? model = null, int silos = 1, string name = "tiny",
        bool sqlite = false, bool streams = true, int maxModelLen = 512)
    {
        var silo = new TestSilo { Database = database ?? new() };
        var folder = TinyTokenizer.WriteFolder(silo._folder.File("model"));
        ServedModel Load(IServiceProvider _)
        {
            var network = new FakeModel(maxModelLen);
            model?.Invoke(network);
            lock (silo.Models) silo.Models.Add(network);
            return new()
            {
                Name = name,
                Network = network,
                Tokenizer = Tokenizer.Load(folder),
                ChatTemplate = ChatTemplate.Load(folder),
                EosTokenIds = [TinyTokenizer.Eos],
                SystemFingerprint = "fp",
            };
        }
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.ConfigureFileLogging = false; // it would leave a folder "logs" wherever the program was started
        builder.ConfigureSilo((_, orleans) =>
        {
            orleans.AddEngine(Load, engine ?? new() { NumBlocks = 256 }).AddConversations(options);
            if (streams) orleans.UseMemoryTokenStreams();
            if (sqlite) orleans.UseSqliteJournal(silo._folder.File("journal.db"));
            else orleans.Services.AddSingleton<JournalStore>(new MemoryJournal(silo.Database));
            orleans.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(new ModelsLetGo(silo));
        });
        builder.ConfigureClient(client => client.AddMemoryStreams(TokenStreams.Provider));
        silo._cluster = builder.Build();
        await silo._cluster.DeployAsync();
        return silo;
    }

    public IConversationGrain Conversation(string key = "default/c") => _cluster.Client.GetGrain<IConversationGrain>(key);

    /// <summary>Waits until something holds; for what has no event to wait for.</summary>
    public static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition()) await Task.Delay(5, patience.Token);
    }

    /// <summary>An engine's thread that a test holds in a step is let go when the grains have left and before the engine is
    /// stopped.</summary>
    sealed class ModelsLetGo(TestSilo silo) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) =>
            lifecycle.Subscribe(nameof(ModelsLetGo), ServiceLifecycleStage.ApplicationServices + 1, _ => Task.CompletedTask, LetGo);

        Task LetGo(CancellationToken cancellationToken)
        {
            foreach (var model in silo.Models) model.LetGo();
            return Task.CompletedTask;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Database.Open.Set();
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }
}
