namespace OrleansInfer.Grains;

/// <summary>Where a turn stands in its conversation.</summary>
/// <param name="Number">Its running number.</param>
/// <param name="FirstSeq">Sequence number of its first event.</param>
/// <param name="FirstItem">Number of the first item of its input.</param>
/// <param name="Version">Number of the journal's events before it.</param>
readonly record struct TurnPlace(int Number, long FirstSeq, long FirstItem, int Version);
