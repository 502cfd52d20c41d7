namespace OrleansInfer.Models;

/// <summary>Statements one after the other.</summary>
internal sealed class BlockNode(int line, StatementNode[] statements) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Execute(scope);
            if (flow != Flow.Next)
                return flow;
        }
        return Flow.Next;
    }
}
