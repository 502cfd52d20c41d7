namespace OrleansInfer.Models;

/// <summary>`{% call name() %}...{% endcall %}`: calls a macro that may print the body by calling `caller()`.</summary>
internal sealed class CallBlockNode(int line, CallNode call, MacroSignature caller) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        var printed = call.EvaluateWith(new MacroValue(caller, scope), scope);
        scope.State.Output.Append(printed);
        return Flow.Next;
    }
}
