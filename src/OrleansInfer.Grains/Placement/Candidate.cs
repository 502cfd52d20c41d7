namespace OrleansInfer.Grains;

/// <summary>A silo that accepts conversations, as the one who places sees it.</summary>
/// <param name="Id">The same number for a silo everywhere.</param>
/// <param name="Freshness">How far the figures can be relied on.</param>
/// <param name="Room">Part of the KV cache that no running sequence holds, 0 to 1.</param>
/// <param name="Running">Sequences.</param>
/// <param name="Waiting">Sequences.</param>
/// <param name="Placed">Conversations placed there that its report does not count yet.</param>
/// <param name="WarmTokens">Tokens of the prompt that its KV cache holds.</param>
readonly record struct Candidate(
    uint Id, Freshness Freshness, double Room = 0, int Running = 0, int Waiting = 0, int Placed = 0, int WarmTokens = 0)
{
    public double Load => Running + Waiting + Placed;
}
