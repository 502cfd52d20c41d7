using System.Collections.Frozen;
using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>The global functions of Jinja2 and those that Hugging Face adds for chat templates.</summary>
internal static class TemplateGlobals
{
    static readonly FrozenDictionary<string, TemplateValue> Table = new Builtin[]
    {
        new("range", ["start", "stop", "step"], (_, call) => Range(call)),
        new("dict", null, (_, call) => Dict(call)),
        new("namespace", null, (_, call) => Namespace(call)),
        new("joiner", ["sep"], (_, call) => new JoinerValue(call[0] ?? StringValue.Trusted(", "))),
        new("cycler", null, (_, call) => new CyclerValue(call.Given.Positional)),
        new("raise_exception", ["message"],
            (_, call) => throw new TemplateException(call.Text(0, "").Text, raisedByTemplate: true)),
        new("strftime_now", ["format"], (_, call) => StrfTime.Now(call.String(0), call.State)),
    }.ToFrozenDictionary(function => function.Name, function => (TemplateValue)new BuiltinValue(function, NoneValue.Instance));

    public static TemplateValue? Find(string name) => Table.GetValueOrDefault(name);

    static RangeValue Range(BuiltinArguments call)
    {
        var first = Bound(call, 0);
        return call[1] is null ? new(0, first, 1) : new(first, Bound(call, 1), call[2] is null ? 1 : Bound(call, 2));
    }

    static BigInteger Bound(BuiltinArguments call, int index)
    {
        call.Required(index);
        return call.Integer(index, 0);
    }

    static DictValue Dict(BuiltinArguments call)
    {
        var dict = new DictValue();
        if (call[0] is DictValue given)
            dict = dict.With(given, call.State);
        else if (call[0] is { } pairs)
            FillFromPairs(dict, pairs, call.State);
        return dict.With(call.Given.Named, call.State);
    }

    static void FillFromPairs(DictValue dict, TemplateValue pairs, RenderState state)
    {
        if (pairs is UndefinedValue undefined)
            throw undefined.Fault;
        foreach (var pair in pairs.Iterate(state))
        {
            if (SequenceFilters.ToArray(pair, state) is not [var key, var value])
                throw new TemplateException("dict() wants a mapping, or pairs of keys and values");
            dict.Set(key, value);
        }
    }

    static NamespaceValue Namespace(BuiltinArguments call)
    {
        var result = new NamespaceValue();
        foreach (var (name, value) in Dict(call).Items)
            result.Set(name is StringValue text ? text.Text : throw new TemplateException("namespace() wants names as keys"), value);
        return result;
    }
}
