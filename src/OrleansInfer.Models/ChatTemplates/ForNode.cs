namespace OrleansInfer.Models;

/// <summary>`{% for %}`: every turn has variables of its own, so what it sets is gone in the next.</summary>
internal sealed class ForNode(
    int line, AssignTarget target, ExpressionNode items, ExpressionNode? condition,
    StatementNode body, StatementNode? otherwise, bool isRecursive)
    : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope) => Loop(scope, items.Evaluate(scope), depth: 1);

    /// <summary>What a recursive loop prints for the items of a level further down.</summary>
    public StringValue Recurse(TemplateScope scope, TemplateValue deeper, int depth)
    {
        if (!isRecursive)
            throw new TemplateException("The loop must have the 'recursive' marker to be called recursively.");
        var state = scope.State;
        state.Descend();
        var outer = state.Output;
        state.Output = new TextBuilder(state);
        Loop(scope, deeper, depth);
        var printed = state.Output.ToValue();
        state.Output = outer;
        state.Leave();
        return printed;
    }

    Flow Loop(TemplateScope scope, TemplateValue over, int depth)
    {
        var selected = Selected(scope, over);
        if (selected.Length == 0)
            return otherwise?.Execute(scope.Inner()) ?? Flow.Next;
        var loop = new LoopValue(this, scope, selected, depth);
        while (loop.MoveNext())
        {
            var turn = scope.Inner();
            turn.Set("loop", loop);
            target(turn, loop.Current);
            if (body.Execute(turn) == Flow.Break)
                break;
        }
        return Flow.Next;
    }

    TemplateValue[] Selected(TemplateScope scope, TemplateValue over)
    {
        var all = SequenceFilters.ToArray(over, scope.State);
        return condition is null ? all : Array.FindAll(all, item =>
        {
            var turn = scope.Inner();
            target(turn, item);
            return condition.Evaluate(turn).IsTrue;
        });
    }
}
