namespace OrleansInfer.Models.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tokenizer-test-").FullName;

    public TemporaryFolder With(string name, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), content);
        return this;
    }

    public TemporaryFolder With(string name, byte[] content)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, name), content);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
