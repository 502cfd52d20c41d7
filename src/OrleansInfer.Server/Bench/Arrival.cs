namespace OrleansInfer.Server;

/// <summary>A moment at which a sequence had some tokens more.</summary>
/// <param name="Time">A timestamp of the time provider.</param>
/// <param name="Tokens">All tokens of the sequence so far.</param>
internal readonly record struct Arrival(long Time, int Tokens);
