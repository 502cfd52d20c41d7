using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// Lets requests in until the server leaves, and knows how many are being answered. One that comes later is told to go to another server,
/// on another connection.
/// </summary>
internal sealed class Admission(ClusterLoad cluster) : IMiddleware, IHealthCheck
{
    static readonly ApiException s_noEngine = new(ApiError.Unavailable(
        "No server of this cluster generates at the moment: one with --role engine or both is needed."));

    static readonly ApiException s_leaving = new(ApiError.Unavailable("This server is going down; ask another one, or try again."));

    volatile bool _isClosed;
    int _open;

    /// <summary>Requests that are being answered.</summary>
    public int Open => Volatile.Read(ref _open);

    public void Close() => _isClosed = true;

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (_isClosed && http.Request.Path.StartsWithSegments("/v1"))
        {
            http.Response.OnStarting(() => { http.Response.Headers.Connection = "close"; return Task.CompletedTask; });
            throw s_leaving;
        }
        if (NeedsEngine(http.Request) && !cluster.HasEngine) throw s_noEngine;
        Interlocked.Increment(ref _open);
        try
        {
            await next(http);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    static bool NeedsEngine(HttpRequest request) =>
        request.Path.StartsWithSegments("/v1") && !request.Path.StartsWithSegments("/v1/models");

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isClosed ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());
}
