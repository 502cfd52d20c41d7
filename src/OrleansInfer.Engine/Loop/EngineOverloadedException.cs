namespace OrleansInfer.Engine;

/// <summary>The waiting queue is full, or the engine takes no more requests because it is about to stop. Nothing was queued.</summary>
public sealed class EngineOverloadedException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When a place is likely: an estimate from the rate at which requests end.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
