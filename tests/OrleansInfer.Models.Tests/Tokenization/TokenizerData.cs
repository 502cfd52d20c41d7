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
        var folder = root is null ? null : Path.GetFullPath(Path.Combine(root.FullName, "..", "shared", "tokenizer-data"));
        // A linked working tree lies one level deeper.
        var deeper = root is null ? null : Path.GetFullPath(Path.Combine(root.FullName, "..", "..", "shared", "tokenizer-data"));
        return new[] { folder, deeper }.FirstOrDefault(Directory.Exists);
    }

    static string Path_(params string[] parts)
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

    public static string[] Texts() => ReadJson<string[]>(Path_("goldens", "texts.json.gz"));

    public static Golden Ids(string name) => ReadJson<Golden>(Path_("goldens", $"ids-{name}.json.gz"));

    /// <summary>A tokenizer of a folder made of the compressed file, without a configuration.</summary>
    public static Tokenizer Load(string file, string asName = "tokenizer.json", string? config = null)
    {
        using var folder = new TemporaryFolder();
        using (var source = new GZipStream(File.OpenRead(Path_("tokenizers", file)), CompressionMode.Decompress))
        using (var target = File.Create(Path.Combine(folder.Path, asName)))
            source.CopyTo(target);
        if (config is not null)
            File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), config);
        return Tokenizer.Load(folder.Path);
    }

    public static string ReadText(string file) => File.ReadAllText(Path_("tokenizers", file));
}
