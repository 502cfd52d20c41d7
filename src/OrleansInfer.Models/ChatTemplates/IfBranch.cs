namespace OrleansInfer.Models;

/// <summary>One branch of an if; the else has no condition.</summary>
internal readonly record struct IfBranch(ExpressionNode? Condition, StatementNode Body);
