namespace OrleansInfer.Models;

/// <summary>What a call passes. Names stay values: those that come out of `**request` keep their origin.</summary>
internal sealed record CallArguments(TemplateValue[] Positional, DictValue Named)
{
    public static readonly CallArguments None = new([], new DictValue());
}
