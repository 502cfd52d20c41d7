using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// A server of a cluster that is told to leave: takes no more requests, hands its conversations to the others, and feeds the readers that
/// it has from there until their answers end, or until the time for that is over.
/// </summary>
internal sealed class Drain(Handover handover, Admission admission, ServerOptions options, TimeProvider time)
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns when nothing is left to do, or nobody to do it with.</summary>
    public async Task Run()
    {
        if (!handover.HasHeirs) return;
        admission.Close();
        using var over = new CancellationTokenSource(options.DrainTimeout, time);
        try
        {
            await handover.LeaveAsync(over.Token);
            while (admission.Open > 0 && handover.HasHeirs) await Task.Delay(Period, time, over.Token);
        }
        catch (OperationCanceledException)
        {
            // Readers that are left are cut off: they resume at another server with the number they have.
        }
    }
}
