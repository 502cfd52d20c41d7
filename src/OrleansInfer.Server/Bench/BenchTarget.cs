namespace OrleansInfer.Server;

/// <summary>What takes prompts and gives tokens.</summary>
internal abstract class BenchTarget : IAsyncDisposable
{
    /// <summary>Continues all prompts together, greedily and to the full length.</summary>
    /// <returns>For each prompt the arrivals of its tokens, in order; the last one has all of them.</returns>
    public abstract Task<IReadOnlyList<List<Arrival>>> Run(IReadOnlyList<int[]> prompts, TimeProvider time, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}
