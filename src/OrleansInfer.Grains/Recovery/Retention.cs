using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansInfer.Grains;

/// <summary>Deletes conversations whose time has ended, a batch at a time so that the journal's writer is never held up for long.</summary>
sealed partial class Retention(
    JournalStore store, IOptions<ConversationOptions> options, ConversationMetrics metrics, ILogger<Retention> logger)
    : BackgroundService
{
    const int BatchSize = 128;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RetentionPeriod, options.Value.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await DeleteExpired(stoppingToken);
    }

    async Task DeleteExpired(CancellationToken cancellationToken)
    {
        try
        {
            for (var deleted = BatchSize; deleted == BatchSize && !cancellationToken.IsCancellationRequested;)
            {
                deleted = await store.DeleteExpiredAsync(options.Value.Time.GetUtcNow(), BatchSize);
                metrics.Expired(deleted);
            }
        }
        catch (JournalException e)
        {
            LogFailed(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired conversations could not be deleted: {Reason}")]
    partial void LogFailed(string reason);
}
