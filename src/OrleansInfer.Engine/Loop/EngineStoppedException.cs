namespace OrleansInfer.Engine;

/// <summary>
/// The engine stopped before the generation ended: it has no finish reason and the tokens read so far stand. Submit it again,
/// to any engine with the same model, with those tokens as <see cref="GenerationRequest.CommittedTokenIds"/>.
/// </summary>
public sealed class EngineStoppedException() : Exception(
    "The engine stopped before the generation ended; submit it again behind the tokens it gave.");
