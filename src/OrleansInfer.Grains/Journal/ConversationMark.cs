namespace OrleansInfer.Grains;

/// <summary>Whether a turn is unfinished (it has to be recovered), and when a finished conversation may be forgotten (null:
/// never).</summary>
public readonly record struct ConversationMark(bool Running, DateTimeOffset? ExpiresAt);
