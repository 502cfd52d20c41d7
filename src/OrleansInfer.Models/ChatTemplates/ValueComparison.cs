namespace OrleansInfer.Models;

/// <summary>`==`, `&lt;` and `in` as Python defines them. Every visit of a value is charged: shared values nest exponentially.</summary>
internal static class ValueComparison
{
    public static bool AreEqual(TemplateValue a, TemplateValue b, RenderState state)
    {
        if (a is StringValue s && b is StringValue t)
        {
            state.ChargeText(Math.Min(s.Text.Length, t.Text.Length));
            return s.Text == t.Text;
        }
        state.Descend();
        bool equal = (a, b) switch
        {
            (NoneValue, NoneValue) or (UndefinedValue, UndefinedValue) => true,
            (ListValue x, ListValue y) => AreEqualItems(x, y, state),
            (TupleValue x, TupleValue y) => AreEqualItems(x, y, state),
            (DictValue x, DictValue y) => AreEqualDicts(x, y, state),
            _ => AreEqualNumbers(a, b) ?? ReferenceEquals(a, b),
        };
        state.Leave();
        return equal;
    }

    /// <summary>Null unless both are numbers; integers are compared exactly.</summary>
    public static bool? AreEqualNumbers(TemplateValue a, TemplateValue b)
    {
        if (a.Integer is { } i && b.Integer is { } j)
            return i == j;
        return a.Number is { } x && b.Number is { } y ? x == y : null;
    }

    /// <summary>Negative, zero or positive; NaN has no order and no template needs one.</summary>
    public static int Compare(TemplateValue a, TemplateValue b, RenderState state)
    {
        state.Descend();
        int order = (a, b) switch
        {
            (StringValue x, StringValue y) => CompareTexts(x, y, state),
            (ListValue x, ListValue y) => CompareItems(x, y, state),
            (TupleValue x, TupleValue y) => CompareItems(x, y, state),
            ({ Integer: { } x }, { Integer: { } y }) => x.CompareTo(y),
            ({ Number: { } x }, { Number: { } y }) => x.CompareTo(y),
            (UndefinedValue x, _) => throw x.Fault,
            (_, UndefinedValue y) => throw y.Fault,
            _ => throw new TemplateException($"'<' not supported between instances of '{a.TypeName}' and '{b.TypeName}'"),
        };
        state.Leave();
        return order;
    }

    public static bool Contains(TemplateValue container, TemplateValue item, RenderState state)
    {
        switch (container)
        {
            case StringValue text:
                if (item is not StringValue part)
                    throw new TemplateException($"'in <string>' requires string as left operand, not {item.TypeName}");
                state.ChargeSearch(text.Text.Length, part.Text.Length);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case DictValue dict:
                return dict.Find(DictKeyComparer.Checked(item)) is not null;
            case { IsIterable: true }:
                return container.Iterate(state).Any(candidate => AreEqual(candidate, item, state));
            default:
                throw new TemplateException($"argument of type '{container.TypeName}' is not iterable");
        }
    }

    static int CompareTexts(StringValue a, StringValue b, RenderState state)
    {
        state.ChargeText(Math.Min(a.Text.Length, b.Text.Length));
        return CodePoints.Compare(a.Text, b.Text);
    }

    static bool AreEqualItems(SequenceValue a, SequenceValue b, RenderState state)
    {
        if (a.Length != b.Length)
            return false;
        for (int i = 0; i < a.Length; i++)
        {
            if (!AreEqual(a.Items[i], b.Items[i], state))
                return false;
        }
        return true;
    }

    static bool AreEqualDicts(DictValue a, DictValue b, RenderState state) => a.Length == b.Length
        && a.Items.All(item => b.Find(item.Key) is { } other && AreEqual(item.Value, other, state));

    static int CompareItems(SequenceValue a, SequenceValue b, RenderState state)
    {
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            if (!AreEqual(a.Items[i], b.Items[i], state))
                return Compare(a.Items[i], b.Items[i], state);
        }
        return a.Length - b.Length;
    }
}
