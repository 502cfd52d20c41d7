namespace OrleansInfer.Models;

/// <summary>The methods of dictionaries; those that would change one exist but are refused, as in Jinja's immutable sandbox.</summary>
internal static class DictMethods
{
    static readonly Builtin Get = new("get", ["key", "default"],
        (self, call) => ((DictValue)self).Find(DictKeyComparer.Checked(call.Required(0))) ?? call[1] ?? NoneValue.Instance);

    static readonly Builtin Keys = new("keys", [], (self, _) => new DictViewValue((DictValue)self, DictView.Keys));
    static readonly Builtin Values = new("values", [], (self, _) => new DictViewValue((DictValue)self, DictView.Values));
    static readonly Builtin Items = new("items", [], (self, _) => new DictViewValue((DictValue)self, DictView.Items));
    static readonly Builtin Copy = new("copy", [], (self, call) => ((DictValue)self).With(null, call.State));

    public static TemplateValue? Find(DictValue self, string name) => name switch
    {
        "get" => new BuiltinValue(Get, self),
        "keys" => new BuiltinValue(Keys, self),
        "values" => new BuiltinValue(Values, self),
        "items" => new BuiltinValue(Items, self),
        "copy" => new BuiltinValue(Copy, self),
        "clear" or "pop" or "popitem" or "setdefault" or "update" => UndefinedValue.Unsafe(self, name),
        _ => null,
    };
}
