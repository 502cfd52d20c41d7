using System.Text;
using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>The standard streams of verbs that are used in pipes: UTF-8 without a byte order mark, and line ends as they are.</summary>
internal static class StandardStreams
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static StreamWriter OpenOutput() => new(Console.OpenStandardOutput(), Utf8, bufferSize: 1 << 16) { NewLine = "\n" };

    public static async Task<JsonDocument> ReadJson(string what)
    {
        await using var input = Console.OpenStandardInput();
        try
        {
            return await JsonDocument.ParseAsync(input, new JsonDocumentOptions { MaxDepth = 256 });
        }
        catch (JsonException e)
        {
            throw new StartFault($"The standard input must be {what}, but it is not JSON: {e.Message}");
        }
    }
}
