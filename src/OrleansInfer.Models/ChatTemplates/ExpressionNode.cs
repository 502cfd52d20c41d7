namespace OrleansInfer.Models;

/// <summary>A part of a template that has a value. Nodes are shared by all renders and hold nothing of any.</summary>
internal abstract class ExpressionNode(int line)
{
    public TemplateValue Evaluate(TemplateScope scope)
    {
        scope.State.Enter(line);
        var value = Compute(scope);
        scope.State.Leave();
        return value;
    }

    protected abstract TemplateValue Compute(TemplateScope scope);
}
