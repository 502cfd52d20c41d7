namespace OrleansInfer.Models;

internal delegate TemplateValue BuiltinBody(TemplateValue self, BuiltinArguments call);

/// <summary>A filter, test, method or global function of the engine.</summary>
/// <param name="Name">As templates call it.</param>
/// <param name="Parameters">Names of the parameters, in order; null takes any arguments as they come.</param>
/// <param name="Body">Its first argument is the filtered value or the method's owner; None for a global function.</param>
internal sealed record Builtin(string Name, string[]? Parameters, BuiltinBody Body)
{
    public TemplateValue Invoke(TemplateValue self, RenderState state, CallArguments arguments)
    {
        state.Charge(1);
        ChargeReading(self, state);
        foreach (var argument in arguments.Positional)
            ChargeReading(argument, state);
        return Body(self, new BuiltinArguments(this, state, arguments));
    }

    static void ChargeReading(TemplateValue value, RenderState state)
    {
        if (value is StringValue text)
            state.ChargeText(text.Text.Length);
    }
}
