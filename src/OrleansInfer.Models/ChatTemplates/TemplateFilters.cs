using System.Collections.Frozen;

namespace OrleansInfer.Models;

/// <summary>
/// The filters of Jinja2 3.1, with `tojson` as Hugging Face redefines it. Left out: `random` (a prompt is deterministic) and those that
/// lay out text or HTML for people (`filesizeformat`, `pprint`, `striptags`, `urlize`, `wordwrap`, `xmlattr`).
/// </summary>
internal static class TemplateFilters
{
    static readonly FrozenDictionary<string, Builtin> Table = TextFilters.All
        .Concat(NumberFilters.All)
        .Concat(SequenceFilters.All)
        .Concat(SelectionFilters.All)
        .Concat(OrderFilters.All)
        .Append(JsonStyle.Filter)
        .ToFrozenDictionary(filter => filter.Name);

    public static Builtin? Find(string name) => Table.GetValueOrDefault(name);
}
