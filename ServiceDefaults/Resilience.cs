using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace Microsoft.Extensions.Hosting;

internal static class Resilience
{
    static readonly TimeSpan s_safeAttempt = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The standard resilience handler ends an attempt after 10 s and repeats it whatever its method. A generation is a POST that may
    /// take minutes and costs as much again when it is repeated, so here only the safe methods are timed and retried.
    /// </summary>
    public static void AddGenerationSafeResilience(this IHttpClientBuilder http)
    {
        http.ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan);
        http.AddResilienceHandler("generation-safe", pipeline =>
        {
            var retry = new HttpRetryStrategyOptions();
            retry.DisableForUnsafeHttpMethods();
            pipeline
                .AddRetry(retry)
                .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions())
                .AddTimeout(new HttpTimeoutStrategyOptions { TimeoutGenerator = args => ValueTask.FromResult(TimeoutOf(args)) });
        });
    }

    static TimeSpan TimeoutOf(TimeoutGeneratorArguments args) =>
        args.Context.GetRequestMessage()?.Method is { } method && IsSafe(method) ? s_safeAttempt : Timeout.InfiniteTimeSpan;

    static bool IsSafe(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace;
}
