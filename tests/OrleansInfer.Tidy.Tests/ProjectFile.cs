using System.Xml.Linq;

namespace OrleansInfer.Tidy.Tests;

/// <summary>One project and the names of the projects and packages it refers to.</summary>
internal sealed record ProjectFile(string Path, IReadOnlyList<string> ProjectReferences, IReadOnlyList<string> PackageReferences)
{
    public string Name => NameOf(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    public static ProjectFile Parse(string path, string xml)
    {
        var items = XDocument.Parse(xml).Descendants().ToList();
        return new(
            path,
            [.. Includes(items, "ProjectReference").Select(NameOf)],
            [.. Includes(items, "PackageReference")]);
    }

    static string NameOf(string reference) => System.IO.Path.GetFileNameWithoutExtension(reference.Replace('\\', '/'));

    static IEnumerable<string> Includes(IEnumerable<XElement> items, string name) =>
        items.Where(item => item.Name.LocalName == name).Select(item => (string?)item.Attribute("Include") ?? "");
}
