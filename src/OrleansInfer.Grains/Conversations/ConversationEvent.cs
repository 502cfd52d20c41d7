namespace OrleansInfer.Grains;

/// <summary>What the journal of a conversation is made of. A new version of the program reads the old one's: ids and aliases
/// stay.</summary>
[GenerateSerializer, Immutable, Alias("oi.ConversationEvent")]
abstract record ConversationEvent;
