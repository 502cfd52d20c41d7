namespace OrleansInfer.Models;

/// <summary>One step of a comparison: the operator and what stands to its right.</summary>
internal readonly record struct ComparisonLink(string Op, ExpressionNode Right);
