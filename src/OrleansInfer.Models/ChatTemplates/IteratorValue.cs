using System.Runtime.CompilerServices;

namespace OrleansInfer.Models;

/// <summary>
/// A Python generator, what `map`, `select` and others return: always true, without length or index, evaluated when it is read,
/// and empty when it is read a second time.
/// </summary>
internal sealed class IteratorValue(IEnumerable<TemplateValue> items) : TemplateValue
{
    readonly IEnumerator<TemplateValue> _items = items.GetEnumerator();

    public override string TypeName => "generator";

    public override bool IsIterable => true;

    public override IEnumerable<TemplateValue> Iterate(RenderState state)
    {
        while (MoveNext(state))
            yield return _items.Current;
    }

    public override void WriteRepr(TextBuilder builder) => builder.Append("<generator object>");

    // A generator can read from another, and that from a third: a long chain must not overflow the stack.
    bool MoveNext(RenderState state)
    {
        state.Charge(1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException("the template chains too many filters");
        return _items.MoveNext();
    }
}
