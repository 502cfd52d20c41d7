namespace OrleansInfer.Models.Tests;

/// <summary>The moment at which the expected renderings were recorded: Friday, 26 July 2024, 14:05:09.</summary>
internal sealed class FixedTime : TimeProvider
{
    public static readonly FixedTime Instance = new();

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 14, 5, 9, TimeSpan.Zero);
}
