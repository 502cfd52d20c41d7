using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>A value of the template language with Python's behaviour. Values never change, so a template cannot alter a request.</summary>
internal abstract class TemplateValue
{
    /// <summary>Python's name of the type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>How Jinja names the object in "'dict object' has no attribute 'x'".</summary>
    public virtual string Description => TypeName + " object";

    public virtual bool IsTrue => true;

    /// <summary>The value as a whole number: integers and booleans.</summary>
    public virtual BigInteger? Integer => null;

    /// <summary>The value as a number: integers, floats and booleans.</summary>
    public virtual double? Number => null;

    public virtual bool IsIterable => false;

    public virtual int Length => throw new TemplateException($"object of type '{TypeName}' has no len()");

    public virtual IEnumerable<TemplateValue> Iterate(RenderState state) =>
        throw new TemplateException($"'{TypeName}' object is not iterable");

    /// <summary>A method or attribute of the type; null where it has none of that name.</summary>
    public virtual TemplateValue? Attribute(string name) => null;

    /// <summary>What `value[key]` finds; null where there is nothing.</summary>
    public virtual TemplateValue? Item(TemplateValue key, RenderState state) => null;

    public virtual TemplateValue Call(RenderState state, CallArguments arguments) =>
        throw new TemplateException($"'{TypeName}' object is not callable");

    /// <summary>Writes the value as Python's `repr`.</summary>
    public abstract void WriteRepr(TextBuilder builder);

    /// <summary>Writes the value as Python's `str`.</summary>
    public virtual void WriteText(TextBuilder builder) => WriteRepr(builder);

    /// <summary>The value as Python's `str`; a string is itself.</summary>
    public virtual StringValue ToText(RenderState state) => new TextBuilder(state).Append(this).ToValue();
}
