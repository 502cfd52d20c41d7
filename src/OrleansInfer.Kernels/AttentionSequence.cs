namespace OrleansInfer.Kernels;

/// <summary>
/// One sequence's part of a batch: rows [FirstRow, FirstRow + NumRows) are its tokens at positions [FirstPosition, FirstPosition +
/// NumRows).  Its history is read through the block table: the token at position p stands in block <c>BlockTable[p / blockSize]</c>, slot
/// <c>p % blockSize</c>.
/// </summary>
public readonly record struct AttentionSequence(int FirstRow, int NumRows, int FirstPosition, int[] BlockTable);
