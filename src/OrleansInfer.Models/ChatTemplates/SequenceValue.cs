using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>What lists and tuples share.</summary>
internal abstract class SequenceValue(TemplateValue[] items) : TemplateValue
{
    public TemplateValue[] Items => items;

    public override bool IsTrue => items.Length > 0;

    public override bool IsIterable => true;

    public override int Length => items.Length;

    /// <summary>A sequence of the same type.</summary>
    public abstract SequenceValue With(TemplateValue[] newItems);

    public override IEnumerable<TemplateValue> Iterate(RenderState state) => items;

    public override TemplateValue? Item(TemplateValue key, RenderState state) =>
        key.Integer is { } index && PythonIndex.TryResolve(index, items.Length, out int position) ? items[position] : null;

    public SequenceValue Concat(SequenceValue next, RenderState state)
    {
        state.Charge((long)items.Length + next.Length);
        return With([.. items, .. next.Items]);
    }

    public SequenceValue Repeat(BigInteger times, RenderState state)
    {
        if (times.Sign <= 0 || items.Length == 0)
            return With([]);
        state.Charge((long)BigInteger.Min(times * items.Length, long.MaxValue));
        var repeated = new TemplateValue[items.Length * (int)times];
        for (int i = 0; i < repeated.Length; i++)
            repeated[i] = items[i % items.Length];
        return With(repeated);
    }

    protected void WriteItems(TextBuilder builder, char open, string close)
    {
        builder.State.Descend();
        builder.Append(open);
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0)
                builder.Append(", ");
            items[i].WriteRepr(builder);
        }
        builder.Append(close);
        builder.State.Leave();
    }
}
