namespace OrleansInfer.Engine;

/// <summary>Where the time of a step went.</summary>
/// <param name="Schedule">What came before the model: what runs, and in which blocks.</param>
/// <param name="Forward">The model, from token ids to logits.</param>
/// <param name="Sample">From logits to tokens.</param>
/// <param name="Update">What came behind: counts, caches, ends, the output.</param>
public readonly record struct StepTimes(TimeSpan Schedule, TimeSpan Forward, TimeSpan Sample, TimeSpan Update);
