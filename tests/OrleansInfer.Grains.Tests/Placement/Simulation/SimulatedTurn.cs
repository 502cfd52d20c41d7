namespace OrleansInfer.Grains.Tests;

/// <summary>A request under way, wherever it is.</summary>
/// <param name="Arrival">Which request it is decides which of two that wait goes first.</param>
/// <param name="ArrivedAt">In milliseconds.</param>
sealed record SimulatedTurn(TraceRequest Request, long Arrival, double ArrivedAt)
{
    /// <summary>Its first step was made.</summary>
    public bool Begun { get; set; }

    /// <summary>Tokens of its answer.</summary>
    public int Tokens { get; set; }

    /// <summary>How often it was moved for want of room.</summary>
    public int Hops { get; set; }

    /// <summary>Since when it has waited where it is; infinite: it does not.</summary>
    public double WaitingSince { get; set; } = double.PositiveInfinity;
}
