using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>Python's `range`; its length is bounded.</summary>
internal sealed class RangeValue(BigInteger start, BigInteger stop, BigInteger step) : TemplateValue
{
    readonly int _count = Count(start, stop, step);

    public override string TypeName => "range";

    public override bool IsTrue => _count > 0;

    public override bool IsIterable => true;

    public override int Length => _count;

    public override IEnumerable<TemplateValue> Iterate(RenderState state)
    {
        for (int i = 0; i < _count; i++)
            yield return At(i);
    }

    public override TemplateValue? Item(TemplateValue key, RenderState state) =>
        key.Integer is { } index && PythonIndex.TryResolve(index, _count, out int position) ? At(position) : null;

    public RangeValue Slice(int first, int stride, int count) =>
        new(start + first * step, start + (first + (BigInteger)stride * count) * step, stride * step);

    public override void WriteRepr(TextBuilder builder) =>
        builder.Append(step.IsOne ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})");

    IntValue At(int index) => new(start + index * step);

    static int Count(BigInteger start, BigInteger stop, BigInteger step)
    {
        if (step.IsZero)
            throw new TemplateException("range() arg 3 must not be zero");
        var span = step.Sign > 0 ? stop - start : start - stop;
        var count = span.Sign <= 0 ? BigInteger.Zero : (span - 1) / BigInteger.Abs(step) + 1;
        if (count > TemplateLimits.RangeLength)
            throw new TemplateException($"range too big: the sandbox allows {TemplateLimits.RangeLength} items");
        return (int)count;
    }
}
