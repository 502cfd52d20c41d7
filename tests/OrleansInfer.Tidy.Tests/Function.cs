namespace OrleansInfer.Tidy.Tests;

/// <summary>A method, constructor, accessor, operator or local function with a body. Its lines go from its signature to its end.</summary>
internal readonly record struct Function(string Path, int Line, string Name, int Lines);
