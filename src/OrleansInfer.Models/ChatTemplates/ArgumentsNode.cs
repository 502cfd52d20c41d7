namespace OrleansInfer.Models;

/// <summary>The arguments of a call as they are written: `(a, b=c, *rest, **namedRest)`.</summary>
internal sealed record ArgumentsNode(
    ExpressionNode[] Positional, KeyValuePair<string, ExpressionNode>[] Named, ExpressionNode? Rest, ExpressionNode? NamedRest)
{
    public static readonly ArgumentsNode None = new([], [], null, null);

    public CallArguments Evaluate(TemplateScope scope)
    {
        if (ReferenceEquals(this, None))
            return CallArguments.None;
        var positional = new TemplateValue[Positional.Length];
        for (int i = 0; i < positional.Length; i++)
            positional[i] = Positional[i].Evaluate(scope);
        if (Rest is not null)
            positional = [.. positional, .. SequenceFilters.ToArray(Rest.Evaluate(scope), scope.State)];
        return new(positional, EvaluateNamed(scope));
    }

    DictValue EvaluateNamed(TemplateScope scope)
    {
        if (Named.Length == 0 && NamedRest is null)
            return CallArguments.None.Named;
        var named = new DictValue();
        foreach (var (name, value) in Named)
            named.Set(StringValue.Trusted(name), value.Evaluate(scope));
        if (NamedRest is null)
            return named;
        if (NamedRest.Evaluate(scope) is not DictValue rest || rest.Items.Any(item => item.Key is not StringValue))
            throw new TemplateException("an argument after ** must be a mapping with strings as keys");
        return named.With(rest, scope.State);
    }
}
