using OrleansInfer.Server;
using Orleans.Providers;

[assembly: RegisterProvider(OrleansSection.Ours, "Clustering", "Silo", typeof(OrleansSection.Nothing))]
[assembly: RegisterProvider(OrleansSection.Ours, "GrainStorage", "Silo", typeof(OrleansSection.Nothing))]
[assembly: RegisterProvider(OrleansSection.Ours, "GrainDirectory", "Silo", typeof(OrleansSection.Nothing))]
[assembly: RegisterProvider(OrleansSection.Ours, "Reminders", "Silo", typeof(OrleansSection.Nothing))]
[assembly: RegisterProvider(OrleansSection.Ours, "Streaming", "Silo", typeof(OrleansSection.Nothing))]
[assembly: RegisterProvider(OrleansSection.Ours, "BroadcastChannel", "Silo", typeof(OrleansSection.Nothing))]

namespace OrleansInfer.Server;

/// <summary>
/// Section "Orleans" of the configuration and the connection strings, as Aspire sets them for a project that refers to an Orleans resource
/// or a database. What the command line or section "OrleansInfer" says stands above.
/// </summary>
internal static class OrleansSection
{
    public const string Ours = "OrleansInfer";

    const string Clustering = "Orleans:Clustering";

    // Of a PostgreSQL database: without a cluster of its own here, it is the store; beside Redis, it has the journal.
    const string Database = "orleansinfer";

    /// <exception cref="StartFault">It asks for what this server has not.</exception>
    public static void Apply(ConfigurationManager configuration, ServerOptions options)
    {
        if (options.Store is null)
        {
            options.Store = StoreOf(configuration);
            if (options.Store is not null && !options.Store.StartsWith(StoreAddress.Postgres, StringComparison.Ordinal))
                options.Journal ??= DatabaseOf(configuration);
        }
        options.ClusterId = configuration["Orleans:ClusterId"] ?? options.ClusterId;
        options.ServiceId = configuration["Orleans:ServiceId"] ?? options.ServiceId;
        options.SiloAddress ??= configuration["Orleans:Endpoints:AdvertisedIPAddress"];
        if (options.SiloPort == 0) options.SiloPort = Port(configuration, "Orleans:Endpoints:SiloPort");
        if (options.GatewayPort == 0) options.GatewayPort = Port(configuration, "Orleans:Endpoints:GatewayPort");
        LeaveToUs(configuration);
    }

    static string? StoreOf(IConfiguration configuration)
    {
        var clustering = configuration.GetSection(Clustering);
        return clustering["ProviderType"] switch
        {
            null or "" or Ours => DatabaseOf(configuration),
            "Development" => null,
            "Redis" => $"{StoreAddress.Redis}:{ConnectionOf(configuration, clustering)}",
            "PostgreSQL" or "Npgsql" or "PostgresDatabase" or "PostgresServer" =>
                $"{StoreAddress.Postgres}:{ConnectionOf(configuration, clustering)}",
            "AdoNet" when clustering["Invariant"] is "Npgsql" =>
                $"{StoreAddress.Postgres}:{ConnectionOf(configuration, clustering)}",
            "AdoNet" => throw new StartFault(
                $"{Clustering}:Invariant is '{clustering["Invariant"]}'; of ADO.NET's databases this server has PostgreSQL: Npgsql."),
            var other => throw new StartFault(
                $"{Clustering}:ProviderType is '{other}'; this server has Redis, PostgreSQL (PostgresDatabase, "
                + "PostgresServer, or AdoNet with the Invariant Npgsql) and Development, which is a server by itself."),
        };
    }

    static string? DatabaseOf(IConfiguration configuration) =>
        configuration.GetConnectionString(Database) is { Length: > 0 } connection ? $"{StoreAddress.Postgres}:{connection}" : null;

    static string ConnectionOf(IConfiguration configuration, IConfigurationSection clustering)
    {
        if (clustering["ConnectionString"] is { Length: > 0 } connection) return connection;
        var name = clustering["ServiceKey"] ?? clustering["ConnectionName"] ?? Database;
        return configuration.GetConnectionString(name) is { Length: > 0 } named ? named : throw new StartFault(
            $"{Clustering} needs the connection string ConnectionStrings:{name}; as an environment variable, ConnectionStrings__{name}.");
    }

    static int Port(IConfiguration configuration, string key) => configuration[key] is not { Length: > 0 } text ? 0
        : ushort.TryParse(text, out var port) ? port : throw new StartFault($"{key} is '{text}', which is no port.");

    /// <summary>Orleans reads this section, too, and would look for providers that are not here or are set up by ourselves.</summary>
    static void LeaveToUs(ConfigurationManager configuration)
    {
        IConfigurationSection[] providers =
        [
            configuration.GetSection(Clustering), configuration.GetSection("Orleans:Reminders"),
            .. from kind in (string[])["GrainStorage", "GrainDirectory", "Streaming", "BroadcastChannel"]
                from named in configuration.GetSection($"Orleans:{kind}").GetChildren()
                select named,
        ];
        configuration.AddInMemoryCollection(
            from provider in providers
            where provider.Exists()
            select KeyValuePair.Create<string, string?>($"{provider.Path}:ProviderType", Ours));
    }

    /// <summary>What Orleans finds under the name that stands there instead.</summary>
    internal sealed class Nothing : IProviderBuilder<ISiloBuilder>
    {
        public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection)
        {
        }
    }
}
