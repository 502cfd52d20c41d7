namespace OrleansInfer.Models;

/// <summary>A part of a template that prints or assigns. Nodes are shared by all renders and hold nothing of any.</summary>
internal abstract class StatementNode(int line)
{
    public Flow Execute(TemplateScope scope)
    {
        scope.State.Enter(line);
        var flow = Run(scope);
        scope.State.Leave();
        return flow;
    }

    /// <summary>Runs the statement and returns what it printed.</summary>
    public StringValue Capture(TemplateScope scope)
    {
        var outer = scope.State.Output;
        scope.State.Output = new TextBuilder(scope.State);
        Execute(scope);
        var printed = scope.State.Output.ToValue();
        scope.State.Output = outer;
        return printed;
    }

    protected abstract Flow Run(TemplateScope scope);
}
