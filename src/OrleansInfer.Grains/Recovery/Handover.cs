using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// A silo that is about to leave hands its running conversations to the others while it is still a member: they go on there at once, with
/// the same tokens, and this silo's own readers follow them.
/// </summary>
public sealed class Handover
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    readonly KvLoadTable _table;
    readonly LoadReporter _reporter;
    readonly ILocalSiloDetails _self;
    readonly TimeProvider _time;
    readonly DeviceEngine? _device;

    /// <param name="device">Null: the silo has no engine, and nothing to hand over.</param>
    internal Handover(DeviceEngine? device, KvLoadTable table, LoadReporter reporter, ILocalSiloDetails self, TimeProvider time) =>
        (_device, _table, _reporter, _self, _time) = (device, table, reporter, self, time);

    /// <summary>There is another silo that takes conversations.</summary>
    public bool HasHeirs => _table.Snapshot().Any(load => load.Accepting && !load.Silo.Equals(_self.SiloAddress));

    /// <summary>
    /// Takes no more turns and moves those that run. Does nothing where no other silo could take them: then they wait in the journal.
    /// </summary>
    /// <returns>When this silo has no running turn, or nobody is left to take it.</returns>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (!HasHeirs || _device is null) return;
        _device.Close();
        _reporter.Report(); // so that nobody places here from now on
        while (!_device.Turns.IsEmpty && HasHeirs)
        {
            // Again and again: one that was accepted a moment ago may only now be running.
            foreach (var turn in _device.Turns.Running) turn.Conversation.Move();
            await Task.Delay(Period, _time, cancellationToken);
        }
    }

    /// <summary>
    /// Ends the engine behind the step that it is in, for a process that is about to end without more ado: it would crash if native code
    /// still ran.
    /// </summary>
    public Task StopEngineAsync() => _device?.StopAsync(CancellationToken.None) ?? Task.CompletedTask;
}
