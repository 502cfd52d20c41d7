using Orleans.Concurrency;
using Orleans.Services;

namespace OrleansInfer.Grains;

/// <summary>One a silo: tells the others about its device and hears about theirs.</summary>
[Alias("oi.IKvLoadService")]
interface IKvLoadService : IGrainService
{
    [OneWay, Alias("Publish")]
    Task Publish([Immutable] SiloLoad load);

    [OneWay, Alias("PublishPrefixes")]
    Task PublishPrefixes([Immutable] SiloPrefixes prefixes);
}
