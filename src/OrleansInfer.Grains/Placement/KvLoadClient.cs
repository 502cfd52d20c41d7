using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace OrleansInfer.Grains;

/// <summary>Reaches the load service of another silo.</summary>
sealed class KvLoadClient(IServiceProvider services) : GrainServiceClient<IKvLoadService>(services)
{
    public IKvLoadService To(SiloAddress silo) => GetGrainService(silo);
}
