using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OrleansInfer.Training;

/// <summary>
/// JSON as Python's <c>json.dumps(x, ensure_ascii=False)</c> writes it (", " and ": "), which is what <c>tojson</c> gives in
/// chat templates: the model must be trained on the very characters that a template will render.
/// </summary>
internal static class PythonJson
{
    static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendList(text, '{', value.EnumerateObject(), '}', AppendProperty);
                break;
            case JsonValueKind.Array:
                AppendList(text, '[', value.EnumerateArray(), ']', Append);
                break;
            case JsonValueKind.String:
                text.Append(Quote(value.GetString()!));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    static void AppendProperty(StringBuilder text, JsonProperty property)
    {
        text.Append(Quote(property.Name)).Append(": ");
        Append(text, property.Value);
    }

    static void AppendList<T>(StringBuilder text, char open, IEnumerable<T> items, char close, Action<StringBuilder, T> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                text.Append(", ");
            first = false;
            append(text, item);
        }
        text.Append(close);
    }

    static string Quote(string value) => JsonSerializer.Serialize(value, Relaxed);
}
