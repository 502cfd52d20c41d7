namespace OrleansInfer.Grains.Tests;

/// <summary>A clock that a simulation sets.</summary>
sealed class SimulatedTime : TimeProvider
{
    /// <summary>Milliseconds since the start.</summary>
    public double Now { get; set; }

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => (long)(Now * 1_000);
}
