using Orleans.Runtime.Providers;

namespace OrleansInfer.Grains;

/// <summary>Orleans' own back-off grows to many seconds: after the death of a silo its streams would be silent for that long.</summary>
sealed class FixedBackoff : IQueueReaderBackoffProvider, IMessageDeliveryBackoffProvider
{
    static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);

    public TimeSpan Next(int attempt) => Delay;
}
