namespace OrleansInfer.Models;

/// <summary>A matrix of a network.</summary>
/// <param name="Name">The module's in a checkpoint, e.g. "model.layers.0.self_attn.q_proj".</param>
/// <param name="Rows">Outputs.</param>
/// <param name="Columns">Inputs.</param>
/// <param name="Biased">It has a bias [Rows].</param>
internal sealed record LinearPart(string Name, long Rows, long Columns, bool Biased = false)
{
    /// <summary>What people call it: without the leading "model.".</summary>
    public string ShortName => Name.StartsWith("model.", StringComparison.Ordinal) ? Name["model.".Length..] : Name;
}
