namespace OrleansInfer.Models;

/// <summary>
/// What a missing variable, attribute or item evaluates to: false, empty, printed as nothing; anything else done with it is an error
/// that says what was missing. Templates ask for what may be missing all the time, so the words are put together only for the error.
/// </summary>
internal sealed class UndefinedValue : TemplateValue
{
    readonly string _text;
    readonly TemplateValue? _owner;
    readonly TemplateValue? _key;

    public UndefinedValue(string message) => _text = message;

    UndefinedValue(string text, TemplateValue? owner, TemplateValue? key) => (_text, _owner, _key) = (text, owner, key);

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override bool IsIterable => true;

    public override int Length => 0;

    public TemplateException Fault => new((_owner, _key) switch
    {
        (null, _) => _text,
        (_, null) => $"access to attribute '{_text}' of '{_owner.TypeName}' object is unsafe.",
        (_, StringValue name) => $"'{_owner.Description}' has no attribute '{name.Text}'",
        (_, { Integer: { } index }) => $"{_owner.Description} has no element {index}",
        _ => $"{_owner.Description} has no such element",
    });

    public static UndefinedValue Variable(string name) => new($"'{name}' is undefined");

    public static UndefinedValue Missing(TemplateValue owner, TemplateValue key) => new("", owner, key);

    /// <summary>A method that Jinja's immutable sandbox hides.</summary>
    public static UndefinedValue Unsafe(TemplateValue owner, string name) => new(name, owner, null);

    public override IEnumerable<TemplateValue> Iterate(RenderState state) => [];

    public override TemplateValue Call(RenderState state, CallArguments arguments) => throw Fault;

    public override void WriteText(TextBuilder builder) { }

    public override void WriteRepr(TextBuilder builder) => builder.Append("Undefined");
}
