using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A turn that somebody reads.</summary>
/// <param name="Key">Of the grain: "{tenant}/{conversation}".</param>
internal record ConversationTurn(string Key, IConversationGrain Grain, TurnInfo Turn);
