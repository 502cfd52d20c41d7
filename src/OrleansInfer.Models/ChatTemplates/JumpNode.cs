namespace OrleansInfer.Models;

/// <summary>`{% break %}`, `{% continue %}`</summary>
internal sealed class JumpNode(int line, Flow flow) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope) => flow;
}
