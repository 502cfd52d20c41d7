namespace OrleansInfer.Tidy.Tests;

/// <summary>Each rule finds what it is for, and leaves its neighbour alone.</summary>
public sealed class RulesTests
{
    static SourceFile Parse(string text) => SourceFile.Parse("a.cs", text);

    static string Lines(int count, string line) => string.Concat(Enumerable.Repeat(line + "\n", count));

    [Fact]
    public void Finds_a_file_of_501_lines_and_passes_one_of_500()
    {
        Assert.Single(Rules.LongFile(Parse(Lines(501, ";"))));
        Assert.Empty(Rules.LongFile(Parse(Lines(500, ";"))));
    }

    [Theory]
    [InlineData("class C { void M() {\n", "} }")]
    [InlineData("class C { int P { get {\n", "return 1; } } }")]
    [InlineData("class C { C() {\n", "} }")]
    [InlineData("class C { void M() { L(); void L() {\n", "} } }")]
    [InlineData("G();\n", "G();")]
    public void Finds_a_function_of_71_lines_and_passes_one_of_70(string head, string tail)
    {
        Assert.NotEmpty(Rules.LongFunctions(Parse(head + Lines(69, "G();") + tail)));
        Assert.Empty(Rules.LongFunctions(Parse(head + Lines(68, "G();") + tail)));
    }

    [Fact]
    public void Attributes_and_comments_are_not_part_of_a_functions_length()
    {
        var source = Parse("class C {\n" + Lines(80, "    // why") + "    [A]\n    [B]\n    void M()\n    {\n    }\n}");
        Assert.Equal([new Function("a.cs", 84, "M", 3)], source.Functions());
    }

    [Fact]
    public void Declarations_without_a_body_are_no_functions() =>
        Assert.Empty(Parse("interface I { void M(); int P { get; set; } }").Functions());

    [Fact]
    public void Finds_a_line_of_141_characters()
    {
        Assert.Equal([2], Rules.LongLines(Parse(";\n" + new string(';', 141))).Select(fault => fault.Line));
        Assert.Empty(Rules.LongLines(Parse(new string(';', 140))));
    }

    [Fact]
    public void Finds_regions() => Assert.Equal([2], Rules.Regions(Parse("\n#region A\n#endregion\n")).Select(fault => fault.Line));

    [Fact]
    public void Finds_notes_in_comments_and_not_in_strings_or_words()
    {
        Assert.Equal([1, 2], Rules.Notes(Parse("// TODO: later\n/* FIXME */ class C;")).Select(fault => fault.Line));
        Assert.Empty(Rules.Notes(Parse("// TODOS and HACKERS\nclass C { string S = \"TODO\"; }")));
    }

    [Fact]
    public void Finds_a_namespace_that_is_not_the_projects()
    {
        Assert.Empty(Rules.ForeignNamespaces(Parse("namespace A.B;\nclass C;"), "A.B"));
        Assert.Empty(Rules.ForeignNamespaces(Parse("Run();\npartial class Program;"), "A.B"));
        Assert.Single(Rules.ForeignNamespaces(Parse("namespace A.B.C;\nclass C;"), "A.B"));
        Assert.Single(Rules.ForeignNamespaces(Parse("namespace A.B { class C; }"), "A.B"));
        Assert.Single(Rules.ForeignNamespaces(Parse("class C;"), "A.B"));
    }

    [Theory]
    [InlineData("using Orleans;", 1)]
    [InlineData("global using Orleans.Runtime;", 1)]
    [InlineData("using G = Orleans.Grain;", 1)]
    [InlineData("using static Orleans.Runtime.Constants;", 1)]
    [InlineData("class C : Orleans.Grain;", 1)]
    [InlineData("class C { object M() => global::Orleans.Factory.Make(); }", 1)]
    [InlineData("using OrleansInfer.Abstractions;", 0)]
    [InlineData("using Other.Orleans;", 0)]
    [InlineData("class C { string S = \"Orleans\"; }", 0)]
    public void Finds_names_under_a_namespace(string code, int faults) =>
        Assert.Equal(faults, Rules.Names(Parse(code), "Orleans", "rule").Count());

    [Fact]
    public void Finds_platform_invokes() =>
        Assert.Equal([2, 3], Rules.PlatformInvokes(Parse("""
            class C {
            [DllImport("c")] extern void A();
            [X.LibraryImport("c")] partial void B();
            [Other] void D() { } }
            """)).Select(fault => fault.Line));

    [Theory]
    [InlineData("[Fact(Skip = \"\")] void M() { }", 1)]
    [InlineData("[Fact(Skip = \"later\")] void M() { }", 1)]
    [InlineData("void M() { Assert.Skip(\" \"); }", 1)]
    [InlineData("void M() { Assert.SkipUnless(x, \"\"); }", 1)]
    [InlineData("[Fact(Skip = \"needs a GPU\")] void M() { }", 0)]
    [InlineData("void M() { Assert.Skip($\"{path} is absent\"); }", 0)]
    [InlineData("void M() { list.Skip(1); }", 0)]
    public void Finds_skips_without_a_reason(string member, int faults) =>
        Assert.Equal(faults, Rules.SilentSkips(Parse($"class C {{ {member} }}")).Count());

    [Fact]
    public void Reads_references_from_a_project()
    {
        var project = ProjectFile.Parse("src/A/A.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup><ProjectReference Include="..\B\B.csproj" /><PackageReference Include="P" /></ItemGroup>
            </Project>
            """);
        Assert.Equal(("A", "src/A"), (project.Name, project.Folder));
        Assert.Equal(["B"], project.ProjectReferences);
        Assert.Equal(["P"], project.PackageReferences);
    }
}
