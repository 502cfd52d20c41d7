namespace OrleansInfer.Training;

/// <summary>A file is written beside its name and moved over it, so that whoever reads finds the old one or the new one, whole.</summary>
internal static class AtomicFile
{
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    public static void Write(string path, Action<Stream> write)
    {
        var partial = path + ".partial";
        using (var stream = File.Create(partial))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
    }
}
