using System.Threading.Channels;

namespace OrleansInfer.Engine;

/// <summary>A request that an <see cref="EngineLoop"/> works on, as its one reader sees it.</summary>
public sealed class Generation
{
    readonly EngineLoop _loop;

    // Not bounded by itself, but a generation ends at its token limit; the engine must not wait for a slow reader.
    readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = false });

    internal Generation(GenerationRequest request, EngineLoop loop) => (Request, _loop) = (request, loop);

    public GenerationRequest Request { get; }

    /// <summary>
    /// The tokens as they come. The last one has the finish reason and the channel completes behind it. When the engine stops first, the
    /// channel completes with an <see cref="EngineStoppedException"/> instead.
    /// </summary>
    public ChannelReader<GeneratedToken> Tokens => _tokens.Reader;

    /// <summary>
    /// It has not ended and holds no blocks: it has not begun, or gave way to others. A moment old: any thread may ask.
    /// </summary>
    public bool IsWaiting => !_tokens.Reader.Completion.IsCompleted && Sequence is not { Status: SequenceStatus.Running };

    /// <summary>Written by the thread of the loop only.</summary>
    internal Sequence? Sequence { get; set; }

    /// <summary>
    /// Ends the generation before the next step is scheduled, if it has not ended; its last token has no id and <c>FinishReason.Abort</c>.
    /// </summary>
    public void Abort() => _loop.Abort(this);

    internal void Write(GeneratedToken token)
    {
        _tokens.Writer.TryWrite(token);
        if (token.FinishReason is not null) _tokens.Writer.TryComplete();
    }

    internal void Stop(Exception reason) => _tokens.Writer.TryComplete(reason);
}
