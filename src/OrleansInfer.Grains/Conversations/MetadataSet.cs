namespace OrleansInfer.Grains;

/// <summary>The metadata are these, and no others.</summary>
[GenerateSerializer, Immutable, Alias("oi.MetadataSet")]
sealed record MetadataSet([property: Id(0)] Dictionary<string, string> Metadata) : ConversationEvent;
