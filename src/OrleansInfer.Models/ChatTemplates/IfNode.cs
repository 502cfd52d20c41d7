namespace OrleansInfer.Models;

/// <summary>`{% if %}`, `{% elif %}`, `{% else %}`: the first branch whose condition holds. Variables set inside stay.</summary>
internal sealed class IfNode(int line, IfBranch[] branches) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        foreach (var (condition, body) in branches)
        {
            if (condition is null || condition.Evaluate(scope).IsTrue)
                return body.Execute(scope);
        }
        return Flow.Next;
    }
}
