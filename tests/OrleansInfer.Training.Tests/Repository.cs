namespace OrleansInfer.Training.Tests;

/// <summary>Where the sources are: the folder of OrleansInfer.sln above the test program.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "OrleansInfer.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No OrleansInfer.sln above the tests.");
        return folder;
    }
}
