namespace OrleansInfer.Models;

/// <summary>
/// What a missing variable, attribute or item evaluates to: false, empty, printed as nothing; anything else done with it is an error
/// that says what was missing.
/// </summary>
internal sealed class UndefinedValue(string message) : TemplateValue
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override bool IsIterable => true;

    public override int Length => 0;

    public TemplateException Fault => new(message);

    public static UndefinedValue Variable(string name) => new($"'{name}' is undefined");

    public static UndefinedValue Missing(TemplateValue owner, string name) => new($"'{owner.Description}' has no attribute '{name}'");

    public static UndefinedValue Missing(TemplateValue owner, TemplateValue key) => key switch
    {
        StringValue name => Missing(owner, name.Text),
        { Integer: { } index } => new($"{owner.Description} has no element {index}"),
        _ => new($"{owner.Description} has no such element"),
    };

    /// <summary>A method that Jinja's immutable sandbox hides.</summary>
    public static UndefinedValue Unsafe(TemplateValue owner, string name) =>
        new($"access to attribute '{name}' of '{owner.TypeName}' object is unsafe.");

    public override IEnumerable<TemplateValue> Iterate(RenderState state) => [];

    public override TemplateValue Call(RenderState state, CallArguments arguments) => throw Fault;

    public override void WriteText(TextBuilder builder) { }

    public override void WriteRepr(TextBuilder builder) => builder.Append("Undefined");
}
