namespace OrleansInfer.Models;

/// <summary>A filter or test with its arguments, as the template applies it to a value.</summary>
/// <param name="Kind">"filter" or "test".</param>
/// <param name="Target">Null for an unknown name: an error only when it is reached, as a template may ask first whether it exists.</param>
internal sealed record BuiltinCall(string Kind, string Name, Builtin? Target, ArgumentsNode Arguments)
{
    public TemplateValue Apply(TemplateValue value, TemplateScope scope) => Target is null
        ? throw new TemplateException($"No {Kind} named '{Name}'.")
        : Target.Invoke(value, scope.State, Arguments.Evaluate(scope));
}
