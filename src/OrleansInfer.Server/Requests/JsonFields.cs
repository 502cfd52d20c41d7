using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>
/// The fields of a JSON object, each taken once by name and type. What nobody took is unknown, and refused by
/// <see cref="RefuseOthers"/>: a misspelt parameter must not silently change the answer. As with OpenAI, null means absent.
/// </summary>
internal sealed class JsonFields
{
    readonly Dictionary<string, JsonElement> _fields = [];
    readonly string _path;

    /// <param name="element">Must be an object.</param>
    /// <param name="path">Where the object stands in the request, for messages: "" or "messages[0]".</param>
    public JsonFields(JsonElement element, string path = "")
    {
        _path = path;
        if (element.ValueKind != JsonValueKind.Object)
            throw new ApiException(ApiError.WrongType(path.Length == 0 ? "body" : path, "an object", Kind(element)));
        foreach (var field in element.EnumerateObject()) _fields[NameOf(field)] = field.Value;
    }

    /// <summary>There is a field of this name, perhaps null.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Every field was taken.</summary>
    public bool IsEmpty => _fields.Count == 0;

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public JsonElement? Take(string name) =>
        _fields.Remove(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public bool Bool(string name, bool otherwise) => Take(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw WrongType(name, "true or false", other),
    };

    public string? String(string name) => Take(name) is { } value ? Text(value, PathOf(name)) : null;

    public int? Int(string name, int min = int.MinValue, int max = int.MaxValue) => (int?)Long(name, min, max);

    public long? Long(string name, long min = long.MinValue, long max = long.MaxValue) =>
        Take(name) is { } value ? Integer(value, PathOf(name), min, max) : null;

    /// <summary>A number that a float holds; its range is checked by whoever knows it.</summary>
    public float? Float(string name) => Take(name) is { } value ? Number(value, PathOf(name)) : null;

    public IReadOnlyList<T>? Array<T>(string name, int maxLength, Func<JsonElement, string, T> item)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) throw WrongType(name, "an array", value);
        return Items(value, PathOf(name), maxLength, item);
    }

    /// <summary>Takes fields that have no meaning here, whatever they hold.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) _fields.Remove(name);
    }

    /// <summary>
    /// Refuses fields that would change the answer in a way this server cannot; null and the value that changes nothing are fine.
    /// </summary>
    public void RefuseUnless(string name, string why, Func<JsonElement, bool>? harmless = null)
    {
        if (Take(name) is { } value && harmless?.Invoke(value) != true) throw new ApiException(ApiError.Unsupported(PathOf(name), why));
    }

    public void RefuseOthers()
    {
        foreach (var name in _fields.Keys) throw new ApiException(ApiError.Unknown(PathOf(name)));
    }

    public ApiException WrongType(string name, string expected, JsonElement found) =>
        new(ApiError.WrongType(PathOf(name), expected, Kind(found)));

    public static IReadOnlyList<T> Items<T>(JsonElement array, string path, int maxLength, Func<JsonElement, string, T> item)
    {
        if (array.GetArrayLength() > maxLength)
            throw new ApiException(ApiError.Invalid(
                $"'{path}' has {array.GetArrayLength()} items; at most {maxLength} are allowed.", path, "array_above_max_length"));
        var items = new List<T>(array.GetArrayLength());
        foreach (var element in array.EnumerateArray()) items.Add(item(element, $"{path}[{items.Count}]"));
        return items;
    }

    public static string Text(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String) throw new ApiException(ApiError.WrongType(path, "a string", Kind(value)));
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException) // half a surrogate pair, or bytes that are not UTF-8
        {
            throw new ApiException(ApiError.Invalid($"'{path}' is not valid Unicode text.", path));
        }
    }

    public static long Integer(JsonElement value, string path, long min, long max)
    {
        if (value.ValueKind != JsonValueKind.Number) throw new ApiException(ApiError.WrongType(path, "an integer", Kind(value)));
        if (!value.TryGetInt64(out var number))
        {
            // 1.0 and 1e3 are integers too; 1.5 is not one, and 1e30 is out of range.
            var wide = value.GetDouble();
            if (double.IsFinite(wide) && wide != Math.Truncate(wide))
                throw new ApiException(ApiError.WrongType(path, "an integer", "a decimal"));
            number = wide is > -9e18 and < 9e18 ? (long)wide : wide < 0 ? long.MinValue : long.MaxValue;
            if (wide is >= 9e18 or <= -9e18) throw OutOfRange(path, min, max, value);
        }
        return number >= min && number <= max ? number : throw OutOfRange(path, min, max, value);
    }

    public static float Number(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Number) throw new ApiException(ApiError.WrongType(path, "a number", Kind(value)));
        var number = (float)value.GetDouble();
        return float.IsFinite(number) ? number
            : throw new ApiException(ApiError.Invalid($"'{path}' is out of range: {Shown(value)}.", path));
    }

    static ApiException OutOfRange(string path, long min, long max, JsonElement found) =>
        new(ApiError.Invalid($"'{path}' must be between {min} and {max}, but it is {Shown(found)}.", path));

    // A number may be megabytes long.
    static string Shown(JsonElement number)
    {
        var text = number.GetRawText();
        return text.Length <= 32 ? text : text[..32] + "\u2026";
    }

    public static string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            throw new ApiException(ApiError.Invalid("The name of a field is not valid Unicode text.", null));
        }
    }

    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
