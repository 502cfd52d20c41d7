namespace OrleansInfer.Models;

/// <summary>What becomes of the delimiters that a split finds; the names are those of tokenizer.json.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
