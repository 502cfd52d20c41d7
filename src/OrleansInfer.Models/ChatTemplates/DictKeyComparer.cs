namespace OrleansInfer.Models;

/// <summary>
/// Equality of dictionary keys as in Python: 1, 1.0 and True are one key; the origin of a string does not matter.
/// Keys are plain values and tuples of them: nested keys, whose hash could be made to cost without bound, are refused.
/// </summary>
internal sealed class DictKeyComparer : IEqualityComparer<TemplateValue>
{
    public static readonly DictKeyComparer Instance = new();

    public static TemplateValue Checked(TemplateValue key) =>
        IsHashable(key) ? key : throw new TemplateException($"unhashable type: '{key.TypeName}'");

    public static bool IsHashable(TemplateValue key) => IsPlain(key) || (key is TupleValue tuple && tuple.Items.All(IsPlain));

    static bool IsPlain(TemplateValue key) =>
        key is StringValue or IntValue or FloatValue or BoolValue or NoneValue or UndefinedValue;

    public bool Equals(TemplateValue? x, TemplateValue? y) => (x, y) switch
    {
        (StringValue a, StringValue b) => a.Text == b.Text,
        (NoneValue, NoneValue) or (UndefinedValue, UndefinedValue) => true,
        (TupleValue a, TupleValue b) => a.Items.SequenceEqual(b.Items, this),
        _ => ValueComparison.AreEqualNumbers(x!, y!) ?? false,
    };

    public int GetHashCode(TemplateValue key) => key switch
    {
        StringValue s => s.Text.GetHashCode(StringComparison.Ordinal),
        TupleValue t => t.Items.Aggregate(t.Length, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        { Number: { } number } => number.GetHashCode(),
        _ => 0,
    };
}
