using System.IO.Compression;
using System.Text.Json;

namespace OrleansInfer.Models.Tests;

/// <summary>Real tokenizers and expected ids, which lie beside the repository and are not part of it.</summary>
internal static class TokenizerData
{
    public sealed record Golden(int[] Index, int[][] Ids, int[][] WithSpecial);

    static readonly string? Folder = Find();

    static string? Find()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "OrleansInfer.sln")))
            root = root.Parent;
        // A linked working tree lies one level deeper than the checkout itself.
        string[] places = root is null ? [] : [Path.Combine(root.FullName, ".."), Path.Combine(root.FullName, "..", "..")];
        return places.Select(place => Path.Combine(place, "shared", "tokenizer-data")).FirstOrDefault(Directory.Exists);
    }

    static string FileAt(params string[] parts)
    {
        if (Folder is null)
            Assert.Skip("../shared/tokenizer-data is absent: real tokenizers are not part of the repository");
        return Path.Combine([Folder, .. parts]);
    }

    static T ReadJson<T>(string path)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<T>(stream, JsonSerializerOptions.Web)!;
    }

    public static string[] Texts() => ReadJson<string[]>(FileAt("goldens", "texts.json.gz"));

    public static Golden Ids(string name) => ReadJson<Golden>(FileAt("goldens", $"ids-{name}.json.gz"));

    public static string Read(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(FileAt("tokenizers", file)), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    /// <summary>A tokenizer of a folder made of the compressed file and, if there is one, a tokenizer_config.json.</summary>
    public static Tokenizer Load(string file, string asName = "tokenizer.json", string? config = null)
    {
        using var folder = new TemporaryFolder();
        using (var source = new GZipStream(File.OpenRead(FileAt("tokenizers", file)), CompressionMode.Decompress))
        using (var target = File.Create(Path.Combine(folder.Path, asName)))
            source.CopyTo(target);
        if (config is not null)
            folder.With("tokenizer_config.json", config);
        return Tokenizer.Load(folder.Path);
    }

    public static string ReadConfig(string file) => File.ReadAllText(FileAt("tokenizers", file));
}
