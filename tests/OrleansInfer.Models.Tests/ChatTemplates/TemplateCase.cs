using System.IO.Compression;
using System.Text.Json;

namespace OrleansInfer.Models.Tests;

/// <summary>A template, the variables of one render, and what Python's Jinja made of them: a text, or an error.</summary>
public sealed record TemplateCase(string Name, string Template, JsonElement Ctx, string? Want, string? Error)
{
    static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    /// <summary>The 2,024 recorded cases; skips the test where they are absent.</summary>
    public static IReadOnlyList<TemplateCase> Recorded()
    {
        // A linked working tree lies one level deeper than the checkout itself.
        string[] places = [Path.Combine(Root(), ".."), Path.Combine(Root(), "..", "..")];
        string? path = places.Select(place => Path.Combine(place, "shared", "tokenizer-data", "goldens", "jinja-cases.json.gz"))
            .FirstOrDefault(File.Exists);
        if (path is null)
            Assert.Skip("the recorded template cases are not beside this checkout");
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<List<TemplateCase>>(file, s_options)!;
    }

    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrleansInfer.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("no folder above the tests holds OrleansInfer.sln");
    }
}
