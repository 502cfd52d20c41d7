using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of this solution has: telemetry, health endpoints, service discovery, resilient HTTP clients.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Checks with this tag say that the process works at all; the others that it can take requests.</summary>
    public const string LiveTag = "live";

    /// <summary>Readiness: answers 200 when every health check passes, else 503.</summary>
    public const string HealthPath = "/health";

    /// <summary>Liveness: answers 200 when every check tagged <see cref="LiveTag"/> passes, else 503.</summary>
    public const string AlivePath = "/alive";

    /// <summary>
    /// Adds the defaults. Telemetry is exported over OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set, and only then.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddGenerationSafeResilience();
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>
    /// Maps <see cref="HealthPath"/> and <see cref="AlivePath"/>, in every environment: an orchestrator asks in production. They tell
    /// no more than healthy or not.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(HealthPath).DisableHttpMetrics();
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).DisableHttpMetrics();
        return app;
    }
}
