using System.Threading.Channels;
using Orleans.Streams;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client;

/// <summary>Takes a stream's batches as they are pushed and hands them to one reader.</summary>
internal sealed class BatchInbox(TimeProvider time) : IAsyncObserver<TokenBatch>
{
    const int Capacity = 256;

    // A slow reader loses the oldest batches: it sees the gap and reads what it needs from the conversation.
    readonly Channel<TokenBatch> _batches = Channel.CreateBounded<TokenBatch>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    Task? _arrival; // kept from one wait to the next: a channel takes one waiting reader

    public bool IsEmpty => _batches.Reader.Count == 0;

    /// <summary>The next batch. Null: none came for so long.</summary>
    public async Task<TokenBatch?> NextAsync(TimeSpan silence, CancellationToken cancellationToken)
    {
        if (_batches.Reader.TryRead(out var batch)) return batch;
        _arrival ??= _batches.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        await _arrival.WaitAsync(silence, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_arrival.IsCompleted) return null;
        _arrival = null;
        return _batches.Reader.TryRead(out batch) ? batch : null;
    }

    public Task OnNextAsync(TokenBatch item, StreamSequenceToken? token = null)
    {
        _batches.Writer.TryWrite(item);
        return Task.CompletedTask;
    }

    // The provider lost something or went away. The reader notices by the numbers, or by the silence.
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
