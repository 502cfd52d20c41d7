using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>A piece of a request that is handed on as it is, to the chat template.</summary>
internal static class RawJson
{
    /// <summary>The text of an element, once every string in it is known to be readable: later there is nobody to refuse it to.</summary>
    public static string Of(JsonElement element, string path)
    {
        CheckText(element, path);
        return element.GetRawText();
    }

    // The reader has bounded the depth.
    static void CheckText(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                JsonFields.Text(element, path);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) CheckText(item, path);
                break;
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject())
                {
                    JsonFields.NameOf(field);
                    CheckText(field.Value, path);
                }
                break;
        }
    }
}
