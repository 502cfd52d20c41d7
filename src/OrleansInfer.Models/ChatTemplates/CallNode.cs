namespace OrleansInfer.Models;

/// <summary>`a(...)`</summary>
internal sealed class CallNode(int line, ExpressionNode callee, ArgumentsNode arguments) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) =>
        callee.Evaluate(scope).Call(scope.State, arguments.Evaluate(scope));

    /// <summary>The call of a call block, which passes its body as an argument named `caller`.</summary>
    public TemplateValue EvaluateWith(MacroValue caller, TemplateScope scope)
    {
        var target = callee.Evaluate(scope);
        var given = arguments.Evaluate(scope);
        var named = given.Named.With(null, scope.State);
        named.Set(StringValue.Trusted("caller"), caller);
        return target.Call(scope.State, given with { Named = named });
    }
}
