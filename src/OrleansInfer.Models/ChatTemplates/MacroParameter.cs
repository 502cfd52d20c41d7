namespace OrleansInfer.Models;

/// <summary>A parameter of a macro; without a default it is undefined where a call leaves it out.</summary>
internal readonly record struct MacroParameter(string Name, ExpressionNode? Default);
