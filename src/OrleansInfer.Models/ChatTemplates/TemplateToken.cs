namespace OrleansInfer.Models;

internal enum TemplateTokenKind { Text, PrintStart, PrintEnd, TagStart, TagEnd, Name, String, Integer, Float, Operator, End }

/// <param name="Text">Text between tags, a string's characters without quotes and escapes, or the token as it is written.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, int Line)
{
    public override string ToString() => Kind switch
    {
        TemplateTokenKind.PrintStart => "{{",
        TemplateTokenKind.PrintEnd => "}}",
        TemplateTokenKind.TagStart => "{%",
        TemplateTokenKind.TagEnd => "%}",
        TemplateTokenKind.End => "the end of the template",
        _ => Text.Length <= 40 ? Text : Text[..40] + "...",
    };
}
