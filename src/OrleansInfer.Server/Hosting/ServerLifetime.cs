using System.Runtime.InteropServices;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// SIGTERM, SIGINT and SIGQUIT: the first lets the server leave in order, the second ends the process at once. Nothing is lost by that
/// either; the journal has it.
/// </summary>
internal sealed partial class ServerLifetime(
    IHostApplicationLifetime application, IServiceProvider services, ILogger<ServerLifetime> logger) : IHostLifetime, IDisposable
{
    const int ExitedBySignal = 128;

    static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    // Orleans tells the store that it leaves, and waits two minutes for one that does not answer.
    static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

    readonly List<PosixSignalRegistration> _signals = [];
    int _count;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
            _signals.Add(PosixSignalRegistration.Create(signal, Take));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
    }

    void Take(PosixSignalContext context)
    {
        context.Cancel = true; // the runtime would end the process
        if (Interlocked.Increment(ref _count) > 1) _ = End(ExitedBySignal + Number(context.Signal));
        else if (application.ApplicationStarted.IsCancellationRequested) _ = Leave();
        else application.StopApplication();
    }

    async Task End(int exitCode)
    {
        var step = services.GetRequiredService<Handover>().StopEngineAsync();
        await step.WaitAsync(LongestStep).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Environment.Exit(exitCode);
    }

    async Task Leave()
    {
        try
        {
            await services.GetRequiredService<Drain>().Run();
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
        application.StopApplication();
        await Task.Delay(LongestStop); // the process ends before
        LogStuck(LongestStop.TotalSeconds);
        await End(exitCode: 1);
    }

    static int Number(PosixSignal signal) => signal switch { PosixSignal.SIGINT => 2, PosixSignal.SIGQUIT => 3, _ => 15 };

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The server could not stop in order within {Seconds} s and ends; does its store answer? The journal has what was seen.")]
    partial void LogStuck(double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "The server could not leave in order; the others take its conversations over.")]
    partial void LogFailed(Exception e);
}
