namespace OrleansInfer.Grains;

/// <summary>What a silo does for its cluster.</summary>
public enum SiloRole
{
    /// <summary>Takes requests and generates.</summary>
    Both,

    /// <summary>Takes requests: it has no weights and hosts no conversations.</summary>
    Api,

    /// <summary>Generates for the others.</summary>
    Engine,
}
