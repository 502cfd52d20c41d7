namespace OrleansInfer.Server;

/// <summary>Keeps a stream of events going while its reader is there, and says what becomes of its turns when it is not.</summary>
internal sealed class LiveStreams(
    ActiveReaders readers, Takeover takeover, Faults faults, IHostApplicationLifetime lifetime)
{
    /// <param name="parked">The turns that wait when their last reader goes away, until one comes back.</param>
    /// <param name="write">Writes the stream to its end.</param>
    /// <param name="writeError">Ends a stream that has begun.</param>
    public async Task Write(
        HttpContext http, IReadOnlyCollection<ConversationTurn> parked,
        Func<CancellationToken, Task> write, Func<ApiError, CancellationToken, Task> writeError)
    {
        foreach (var turn in parked) readers.Enter(NameOf(turn));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var gone = false;
        try
        {
            await write(ended.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // A stream that merely ended would look complete. Cut off, its reader knows to come back with the number it has.
            http.Abort();
        }
        catch (OperationCanceledException)
        {
            gone = true;
        }
        catch (Exception e) when (http.Response.HasStarted)
        {
            await writeError(faults.Describe(e), ended.Token);
        }
        finally
        {
            foreach (var turn in parked)
                if (readers.Leave(NameOf(turn)) && gone)
                    await Forsake(takeover.Await(() => turn.Grain.Park(turn.Turn.Turn), lifetime.ApplicationStopping));
        }
    }

    static string NameOf(ConversationTurn turn) => $"{turn.Key}#{turn.Turn.Turn}";

    // The caller has gone already: there is nobody to tell, and the conversation's own retention ends what a failure here left running.
    public static async Task Forsake(Task call) => await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
