using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>What a silo tells the others about its device, every 100 ms.</summary>
[GenerateSerializer, Immutable, Alias("oi.SiloLoad")]
public sealed record SiloLoad
{
    [Id(0)] public required SiloAddress Silo { get; init; }

    /// <summary>Grows with every report of a silo; an older report never replaces a newer one.</summary>
    [Id(1)] public required long Version { get; init; }

    /// <summary>Process id on its machine.</summary>
    [Id(2)] public required int Pid { get; init; }

    /// <summary>"cpu", "cuda:0", ...</summary>
    [Id(3)] public required string Device { get; init; }

    [Id(4)] public required string Model { get; init; }

    [Id(5)] public required string SystemFingerprint { get; init; }

    [Id(6)] public required int TotalBlocks { get; init; }

    [Id(7)] public required int FreeBlocks { get; init; }

    /// <summary>Blocks that no sequence uses, kept for their contents.</summary>
    [Id(8)] public required int CachedBlocks { get; init; }

    [Id(9)] public required int Running { get; init; }

    [Id(10)] public required int Waiting { get; init; }

    /// <summary>False while the silo shuts down.</summary>
    [Id(11)] public required bool Accepting { get; init; }

    [Id(12)] public SiloRole Role { get; init; }

    /// <summary>Sequences that it could run besides those it has.</summary>
    [Id(13)] public int FreeSlots { get; init; }
}
