namespace OrleansInfer.Grains;

/// <summary>How far a silo's figures can be relied on; the better comes first.</summary>
enum Freshness
{
    Fresh,

    /// <summary>It has not reported for a while: it may be stuck.</summary>
    Stale,

    /// <summary>It never reported: it is young.</summary>
    Unknown,
}
