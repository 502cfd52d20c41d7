using System.Globalization;

namespace OrleansInfer.Models;

/// <summary>What filters take as `attribute`: names and indexes with dots between them, or one index.</summary>
internal sealed class AttributePath
{
    static readonly AttributePath Empty = new([]);

    readonly TemplateValue[] _steps;

    AttributePath(TemplateValue[] steps) => _steps = steps;

    /// <summary>No path, or None, leads to the item itself.</summary>
    public static AttributePath Read(TemplateValue? path) => path switch
    {
        null or NoneValue => Empty,
        StringValue text => new([.. text.Text.Split('.').Select(Step)]),
        _ => new([path]),
    };

    /// <summary>What the path leads to; <paramref name="missing"/> stands in for a step that leads nowhere.</summary>
    public TemplateValue Follow(TemplateValue value, RenderState state, TemplateValue? missing = null)
    {
        foreach (var step in _steps)
        {
            value = Lookup.Item(value, step, state);
            if (value is UndefinedValue && missing is not null)
                value = missing;
        }
        return value;
    }

    static TemplateValue Step(string part) => part.Length < 10 && int.TryParse(part, NumberStyles.None, null, out int index)
        ? new IntValue(index)
        : StringValue.Trusted(part);
}
