namespace OrleansInfer.Models;

/// <summary>A macro, with the variables of the place where it was defined.</summary>
internal sealed class MacroValue(MacroSignature signature, TemplateScope definedIn) : TemplateValue
{
    public override string TypeName => "Macro";

    public override TemplateValue? Attribute(string name) => name == "name" ? StringValue.Trusted(signature.Name) : null;

    /// <summary>What the body prints.</summary>
    public override TemplateValue Call(RenderState state, CallArguments arguments)
    {
        state.Descend();
        var scope = definedIn.Inner();
        BindExtras(scope, arguments);
        for (int i = 0; i < signature.Parameters.Length; i++)
            scope.Set(signature.Parameters[i].Name, Argument(i, arguments, scope));
        var printed = signature.Body.Capture(scope);
        state.Leave();
        return printed;
    }

    public override void WriteRepr(TextBuilder builder) => builder.Append($"<Macro '{signature.Name}'>");

    // Defaults see the parameters before them.
    TemplateValue Argument(int index, CallArguments arguments, TemplateScope scope)
    {
        var (name, missing) = signature.Parameters[index];
        if (index < arguments.Positional.Length)
            return arguments.Positional[index];
        return arguments.Named.Find(name) ?? missing?.Evaluate(scope) ?? new UndefinedValue($"parameter '{name}' was not provided");
    }

    void BindExtras(TemplateScope scope, CallArguments arguments)
    {
        var extra = new DictValue();
        foreach (var (name, value) in arguments.Named.Items)
        {
            int index = Array.FindIndex(signature.Parameters, parameter => parameter.Name == ((StringValue)name).Text);
            if (index >= 0 && index < arguments.Positional.Length)
                throw new TemplateException($"macro '{signature.Name}' got multiple values for argument '{((StringValue)name).Text}'");
            if (index < 0 && ((StringValue)name).Text == "caller")
                Accept(scope, "caller", value);
            else if (index < 0)
                extra.Set(name, value);
        }
        if (extra.IsTrue || signature.NamesRead.Contains("kwargs"))
            Accept(scope, "kwargs", extra);
        int fixedCount = signature.Parameters.Length;
        var rest = arguments.Positional.Length > fixedCount ? arguments.Positional[fixedCount..] : [];
        if (rest.Length > 0 || signature.NamesRead.Contains("varargs"))
            Accept(scope, "varargs", new TupleValue(rest));
        if (signature.NamesRead.Contains("caller") && arguments.Named.Find("caller") is null)
            scope.Set("caller", new UndefinedValue("No caller defined"));
    }

    void Accept(TemplateScope scope, string name, TemplateValue value)
    {
        if (!signature.NamesRead.Contains(name))
            throw new TemplateException($"macro '{signature.Name}' takes no {name}: too many or unknown arguments");
        scope.Set(name, value);
    }
}
