using System.Runtime.CompilerServices;

namespace OrleansInfer.Tidy.Tests;

/// <summary>The checkout that these tests stand in, without what git ignores.</summary>
internal static class SourceTree
{
    static readonly Lazy<string[]> s_ignored = new(ReadIgnored);

    public static string Root { get; } = FindRoot();

    /// <summary>Every C# file, parsed once for all tests.</summary>
    public static IReadOnlyList<SourceFile> Sources { get; } =
        [.. Files("*.cs").Select(path => SourceFile.Parse(Relative(path), File.ReadAllText(path)))];

    /// <summary>The program's own files: neither tests nor what lies beside them at the root.</summary>
    public static IEnumerable<SourceFile> Program => Sources.Where(source => source.Path.StartsWith("src/", StringComparison.Ordinal));

    public static IReadOnlyList<ProjectFile> Projects { get; } =
        [.. Files("*.csproj").Select(path => ProjectFile.Parse(Relative(path), File.ReadAllText(path)))];

    public static IEnumerable<string> TopLevelEntries() =>
        Directory.EnumerateFileSystemEntries(Root).Select(path => Path.GetFileName(path)).Where(name => !IsIgnored(name));

    /// <summary>The project of a file: the nearest one above it. Null: the file belongs to none.</summary>
    public static ProjectFile? ProjectOf(SourceFile source) =>
        Projects
            .Where(project => source.Path.StartsWith(project.Folder + "/", StringComparison.Ordinal))
            .MaxBy(project => project.Folder.Length);

    static List<string> Files(string pattern)
    {
        var files = new List<string>();
        Collect(Root, pattern, files);
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    static void Collect(string folder, string pattern, List<string> files)
    {
        files.AddRange(Directory.EnumerateFiles(folder, pattern));
        foreach (var child in Directory.EnumerateDirectories(folder))
        {
            if (Path.GetFileName(child) is var name && name != ".git" && !IsIgnored(name)) Collect(child, pattern, files);
        }
    }

    static bool IsIgnored(string name) =>
        s_ignored.Value.Any(pattern => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name));

    // Our .gitignore holds plain names only, so that this need not know the rest of its language.
    static string[] ReadIgnored() =>
    [
        .. File.ReadLines(Path.Combine(Root, ".gitignore"))
            .Select(line => line.Trim().Trim('/'))
            .Where(line => line is not ("" or ['#', ..])),
    ];

    static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    static string FindRoot([CallerFilePath] string thisFile = "")
    {
        // The tests may run far from the sources (a copied output), hence the second start.
        foreach (var start in (string[])[AppContext.BaseDirectory, Path.GetDirectoryName(thisFile)!])
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "OrleansInfer.sln"))) return folder.FullName;
            }
        }

        throw new InvalidOperationException("OrleansInfer.sln is in no folder above the tests: run them inside a checkout.");
    }
}
