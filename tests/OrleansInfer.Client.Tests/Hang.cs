using System.Diagnostics;

namespace OrleansInfer.Client.Tests;

/// <summary>Ends the waiting of a test for what never comes: what is broken then fails, and the next test goes on.</summary>
internal readonly record struct Hang(long Started)
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Hang Start() => new(Stopwatch.GetTimestamp());

    public void ThrowIfOver()
    {
        if (Stopwatch.GetElapsedTime(Started) > Limit) throw new TimeoutException($"Nothing came of it in {Limit.TotalSeconds} s.");
    }
}
