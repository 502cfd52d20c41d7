namespace OrleansInfer.Models;

/// <summary>Text outside of tags.</summary>
internal sealed class TextNode(int line, string text) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        scope.State.Output.Append(text);
        return Flow.Next;
    }
}
