using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// Ends a process that cannot go on as a silo: above all one that hung, was given up, and hears of that when it wakes. Its conversations
/// are elsewhere by then, and the journal refuses what it writes; whoever started it starts it again. Orleans would write a crash dump.
/// </summary>
sealed partial class QuietEnd(IServiceProvider services, ILogger<QuietEnd> logger) : IFatalErrorHandler
{
    /// <summary>"Temporary failure; the user is invited to try again" (sysexits.h).</summary>
    const int ExitCode = 75;

    static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    int _ending;

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        if (Interlocked.Exchange(ref _ending, 1) == 0) new Thread(() => End(context, exception)) { IsBackground = true }.Start();
        Thread.Sleep(Timeout.Infinite); // The caller counts on not coming back.
    }

    void End(string? context, Exception? exception)
    {
        var reason = exception?.Message ?? context ?? "no reason was given";
        LogEnd(reason.Split(" Membership:")[0]); // Behind that Orleans lists all members.
        // It would crash if native code still ran while the process ends.
        services.GetService<DeviceEngine>()?.StopAsync(CancellationToken.None).Wait(LongestStep);
        Environment.Exit(ExitCode);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "This server is no longer a member of its cluster and ends: {Reason}")]
    partial void LogEnd(string reason);
}
