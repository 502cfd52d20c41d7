using System.Text.Encodings.Web;
using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>How JSON is read and written at the edge.</summary>
internal static class WireJson
{
    /// <summary>
    /// Answers are served as application/json, never inside HTML, so letters outside ASCII need no escapes; line ends still get them.
    /// </summary>
    public static readonly JsonWriterOptions Writer =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Of two properties with one name, two readers may take different ones: such a request is refused.</summary>
    public static readonly JsonDocumentOptions Reader = new() { MaxDepth = 64, AllowDuplicateProperties = false };
}
