using System.Collections.Frozen;

namespace OrleansInfer.Models;

/// <summary>The tests of Jinja2 3.1: what may follow `is`.</summary>
internal static class TemplateTests
{
    static readonly FrozenDictionary<string, Builtin> Table = ((Builtin[])
    [
        New("defined", value => value is not UndefinedValue),
        New("undefined", value => value is UndefinedValue),
        New("none", value => value is NoneValue),
        New("boolean", value => value is BoolValue),
        New("true", value => value is BoolValue { Value: true }),
        New("false", value => value is BoolValue { Value: false }),
        New("integer", value => value is IntValue),
        New("float", value => value is FloatValue),
        New("number", value => value.Number is not null),
        New("string", value => value is StringValue),
        New("mapping", value => value is DictValue),
        New("iterable", value => value.IsIterable),
        New("sequence", value => value is StringValue or SequenceValue or DictValue or RangeValue or UndefinedValue),
        New("callable", value => value is BuiltinValue or MacroValue or LoopValue or JoinerValue or UndefinedValue),
        New("escaped", value => value is StringValue { IsMarkup: true }),
        New("lower", value => value is StringValue text && PythonText.HasOnlyCase(text.Text, upper: false)),
        New("upper", value => value is StringValue text && PythonText.HasOnlyCase(text.Text, upper: true)),
        New("filter", value => value is StringValue text && TemplateFilters.Find(text.Text) is not null),
        New("test", value => value is StringValue text && Find(text.Text) is not null),
        New("odd", (value, state) => Remainder(value, new IntValue(2), state) == 1),
        New("even", (value, state) => Remainder(value, new IntValue(2), state) == 0),
        New("divisibleby", (value, by, state) => Remainder(value, by, state) == 0),
        New("sameas", (value, other, _) => ReferenceEquals(value, other) || IsSameSmallInteger(value, other)),
        New("in", (value, container, state) => ValueComparison.Contains(container, value, state)),
        .. Comparisons((a, b, state) => ValueComparison.AreEqual(a, b, state), "eq", "equalto", "=="),
        .. Comparisons((a, b, state) => !ValueComparison.AreEqual(a, b, state), "ne", "!="),
        .. Comparisons((a, b, state) => ValueComparison.Compare(a, b, state) < 0, "lt", "lessthan", "<"),
        .. Comparisons((a, b, state) => ValueComparison.Compare(a, b, state) <= 0, "le", "<="),
        .. Comparisons((a, b, state) => ValueComparison.Compare(a, b, state) > 0, "gt", "greaterthan", ">"),
        .. Comparisons((a, b, state) => ValueComparison.Compare(a, b, state) >= 0, "ge", ">="),
    ]).ToFrozenDictionary(test => test.Name);

    public static Builtin? Find(string name) => Table.GetValueOrDefault(name);

    static Builtin New(string name, Func<TemplateValue, bool> test) => new(name, [], (value, _) => BoolValue.Of(test(value)));

    static Builtin New(string name, Func<TemplateValue, RenderState, bool> test) =>
        new(name, [], (value, call) => BoolValue.Of(test(value, call.State)));

    static Builtin New(string name, Func<TemplateValue, TemplateValue, RenderState, bool> test) =>
        new(name, ["other"], (value, call) => BoolValue.Of(test(value, call.Required(0), call.State)));

    static IEnumerable<Builtin> Comparisons(Func<TemplateValue, TemplateValue, RenderState, bool> test, params string[] names) =>
        names.Select(name => New(name, test));

    // CPython keeps one object for each of these.
    static bool IsSameSmallInteger(TemplateValue a, TemplateValue b) =>
        a is IntValue { Value: var x } && b is IntValue { Value: var y } && x == y && x >= -5 && x <= 256;

    static double? Remainder(TemplateValue value, TemplateValue by, RenderState state) => Arithmetic.Apply("%", value, by, state).Number;
}
