namespace OrleansInfer.Models;

/// <summary>`{% macro name(parameters) %}`</summary>
internal sealed class MacroNode(int line, MacroSignature signature) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        scope.Set(signature.Name, new MacroValue(signature, scope));
        return Flow.Next;
    }
}
