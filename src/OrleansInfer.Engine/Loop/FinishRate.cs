namespace OrleansInfer.Engine;

/// <summary>How fast requests end, smoothed: what a full queue tells a caller about when to come back.</summary>
internal sealed class FinishRate(TimeProvider time)
{
    const double Weight = 0.1; // of the latest interval
    const double LeastSeconds = 1, MostSeconds = 60;

    long _last = time.GetTimestamp();
    double _secondsBetween;

    /// <summary>There is work again: the time without any says nothing of how long it takes.</summary>
    public void Begun() => _last = time.GetTimestamp();

    /// <summary>One writer, which also calls <see cref="Begun"/>.</summary>
    public void Finished()
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_last, now).TotalSeconds;
        Volatile.Write(ref _secondsBetween, _secondsBetween + Weight * (seconds - _secondsBetween));
        _last = now;
    }

    /// <summary>Whole seconds, 1 to 60, in which so many requests are likely to end. Any thread.</summary>
    public TimeSpan TimeFor(int numRequests) =>
        TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(numRequests * Volatile.Read(ref _secondsBetween)), LeastSeconds, MostSeconds));
}
