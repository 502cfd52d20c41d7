namespace OrleansInfer.Grains;

/// <summary>One append as it was written.</summary>
public readonly record struct JournalEntry(long Seq, int Count, byte[] Data);
