using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;

namespace OrleansInfer.Grains;

/// <summary>Gives a silo its journal.</summary>
public static class JournalExtensions
{
    /// <summary>Keeps the journal in a SQLite file on a local disk.</summary>
    public static ISiloBuilder UseSqliteJournal(this ISiloBuilder silo, string path, Action<SqliteJournalOptions>? configure = null)
    {
        silo.Services.AddOptionsWithValidateOnStart<SqliteJournalOptions>().ValidateDataAnnotations()
            .Configure(sqlite => sqlite.Path = path).Configure(configure ?? (_ => { }));
        return silo.UseJournal<SqliteJournal>();
    }

    /// <summary>Keeps the journal in a PostgreSQL database, which silos of many machines may share.</summary>
    public static ISiloBuilder UsePostgresJournal(this ISiloBuilder silo, PostgresStore store)
    {
        silo.Services.TryAddSingleton(store);
        return silo.UseJournal<PostgresJournal>();
    }

    static ISiloBuilder UseJournal<T>(this ISiloBuilder silo) where T : JournalStore
    {
        silo.Services.AddOptionsWithValidateOnStart<JournalOptions>().ValidateDataAnnotations();
        silo.Services.TryAddSingleton<JournalMetrics>();
        silo.Services.AddSingleton<JournalStore, T>();
        return silo;
    }
}
