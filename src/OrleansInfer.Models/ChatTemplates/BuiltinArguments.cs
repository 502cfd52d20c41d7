using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>The arguments of a call to a <see cref="Builtin"/>, matched with its parameters; one too many is an error.</summary>
internal sealed class BuiltinArguments
{
    readonly Builtin _callee;
    readonly TemplateValue?[] _bound;

    public BuiltinArguments(Builtin callee, RenderState state, CallArguments given)
    {
        (_callee, State, Given) = (callee, state, given);
        _bound = callee.Parameters is { } parameters ? Bind(parameters) : given.Positional;
    }

    public RenderState State { get; }

    /// <summary>The arguments as they were passed.</summary>
    public CallArguments Given { get; }

    /// <summary>The argument at a position; null if it was not passed.</summary>
    public TemplateValue? this[int index] => index < _bound.Length ? _bound[index] : null;

    public TemplateValue Required(int index) => this[index]
        ?? throw new TemplateException($"{_callee.Name}() misses its argument {_callee.Parameters?[index] ?? (index + 1).ToString()}");

    /// <summary>A string argument; anything else is an error.</summary>
    public StringValue String(int index) => Required(index) switch
    {
        StringValue text => text,
        UndefinedValue undefined => throw undefined.Fault,
        var other => throw new TemplateException($"{_callee.Name}() wants a string, not {other.TypeName}"),
    };

    /// <summary>Any argument as Python's `str` of it; a default of the engine's own if it was not passed.</summary>
    public StringValue Text(int index, string missing) => this[index]?.ToText(State) ?? StringValue.Trusted(missing);

    public bool Flag(int index) => this[index]?.IsTrue ?? false;

    public BigInteger Integer(int index, BigInteger missing) => this[index] switch
    {
        null => missing,
        { Integer: { } value } => value,
        UndefinedValue undefined => throw undefined.Fault,
        var other => throw new TemplateException($"{_callee.Name}() wants an integer, not {other.TypeName}"),
    };

    /// <summary>A width or count: negative ones are 0, huge ones are cut to where every text is refused anyway.</summary>
    public int Size(int index, int missing) => (int)BigInteger.Clamp(Integer(index, missing), 0, TemplateLimits.TextLength + 1);

    TemplateValue?[] Bind(string[] parameters)
    {
        if (Given.Positional.Length > parameters.Length)
            throw new TemplateException($"{_callee.Name}() takes at most {parameters.Length} arguments, not {Given.Positional.Length}");
        if (parameters.Length == 0 && !Given.Named.IsTrue)
            return [];
        var bound = new TemplateValue?[parameters.Length];
        Given.Positional.CopyTo(bound, 0);
        foreach (var (name, value) in Given.Named.Items)
        {
            int index = Array.IndexOf(parameters, ((StringValue)name).Text);
            if (index < 0 || bound[index] is not null)
                throw new TemplateException($"{_callee.Name}() has no room for the argument '{((StringValue)name).Text}'");
            bound[index] = value;
        }
        return bound;
    }
}
