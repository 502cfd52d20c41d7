namespace OrleansInfer.Models;

/// <summary>A stretch of a rendered prompt. Special tokens count in it only when <paramref name="FromTemplate"/> is true.</summary>
/// <param name="Text">Never empty.</param>
/// <param name="FromTemplate">False for text that came out of the request, such as the content of a message.</param>
public readonly record struct TemplateSegment(string Text, bool FromTemplate);
