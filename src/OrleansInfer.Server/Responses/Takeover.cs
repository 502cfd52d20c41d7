using Orleans.Runtime;
using Orleans.Storage;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// Asks again while a silo that died is being replaced. For calls that only ask: one that was lost on the way back may be made twice.
/// </summary>
internal sealed class Takeover(TimeProvider time)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25), LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>A silo that takes over does so within seconds; after this time the failure is the caller's to see.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    const int StartAttempts = 3;

    public Task<T> Await<T>(Func<Task<T>> call, CancellationToken cancellation) => Await(call, IsTransient, cancellation);

    public Task Await(Func<Task> call, CancellationToken cancellation) => Await(() => WithResult(call()), cancellation);

    /// <summary>For calls that change something: repeats only what was refused because the conversation is being moved.</summary>
    public Task<T> AwaitMove<T>(Func<Task<T>> call, CancellationToken cancellation) => Await(call, IsMove, cancellation);

    async Task<T> Await<T>(Func<Task<T>> call, Predicate<Exception> isTransient, CancellationToken cancellation)
    {
        var pause = FirstPause;
        var failingSince = (long?)null;
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (isTransient(e) && !cancellation.IsCancellationRequested
                && !IsTooLate(failingSince ??= time.GetTimestamp()))
            {
                await Task.Delay(pause, time, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    /// <summary>Starts again what was placed on a silo that died meanwhile.</summary>
    /// <param name="start">Must not mind what became of the earlier attempt.</param>
    public static async Task<T> StartAgain<T>(Func<Task<T>> start)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await start();
            }
            catch (Exception e) when (IsDeath(e) && attempt < StartAttempts)
            {
                // The next one is placed on a silo that lives.
            }
        }
    }

    /// <summary>The silo died before it answered, or the one asked had not heard of that yet.</summary>
    public static bool IsDeath(Exception e) => e is SiloUnavailableException or OrleansMessageRejectionException;

    static bool IsMove(Exception e) => e is InferenceException { Error: InferenceError.Moving };

    static bool IsTransient(Exception e) => IsDeath(e) || IsMove(e)
        || e.GetType() == typeof(OrleansException) // no silo generates
        || e is TimeoutException or InconsistentStateException or InferenceException { Error: InferenceError.Unavailable };

    static async Task<bool> WithResult(Task call)
    {
        await call;
        return true;
    }

    bool IsTooLate(long since) => time.GetElapsedTime(since) > Patience;
}
