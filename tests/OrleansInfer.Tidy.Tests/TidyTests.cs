namespace OrleansInfer.Tidy.Tests;

/// <summary>The rules that the whole tree keeps. A failure names the file, the line and the rule.</summary>
public sealed class TidyTests(ITestOutputHelper output)
{
    const int MaxMedianFileLines = 100;
    const int MaxMedianFunctionLines = 10;
    const int MaxArchitectureLines = 70;

    [Fact]
    public void The_tree_was_found() =>
        Assert.Contains(SourceTree.Sources, source => source.Path == "src/OrleansInfer.Abstractions/TokenEvent.cs");

    [Fact]
    public void No_file_is_longer_than_500_lines() => Check(Rules.LongFile);

    [Fact]
    public void No_function_is_longer_than_70_lines() => Check(Rules.LongFunctions);

    [Fact]
    public void No_line_is_longer_than_140_characters() => Check(Rules.LongLines);

    [Fact]
    public void No_file_has_regions() => Check(Rules.Regions);

    [Fact]
    public void No_comment_puts_work_off() => Check(Rules.Notes);

    [Fact]
    public void No_test_is_skipped_without_a_reason() => Check(Rules.SilentSkips);

    [Fact]
    public void Half_of_the_files_have_fewer_than_100_lines()
    {
        var median = Median("lines of a file in src", SourceTree.Program.Select(source => source.Lines.Count));
        Assert.True(median < MaxMedianFileLines, $"src: the median file has {median} lines; it has fewer than {MaxMedianFileLines}");
    }

    [Fact]
    public void Half_of_the_functions_have_fewer_than_10_lines()
    {
        var functions = SourceTree.Program.SelectMany(source => source.Functions());
        var median = Median("lines of a function in src", functions.Select(function => function.Lines));
        Assert.True(median < MaxMedianFunctionLines, $"src: the median is {median} lines; it is less than {MaxMedianFunctionLines}");
    }

    [Fact]
    public void The_map_of_the_code_fits_on_a_page()
    {
        var map = Path.Combine(SourceTree.Root, "src", "ARCHITECTURE.md");
        Assert.SkipUnless(File.Exists(map), "src/ARCHITECTURE.md is not written yet.");
        var lines = File.ReadLines(map).Count();
        Assert.True(lines <= MaxArchitectureLines, $"src/ARCHITECTURE.md has {lines} lines; it has at most {MaxArchitectureLines}");
    }

    static void Check(Func<SourceFile, IEnumerable<Fault>> rule) => Fault.AssertNone(SourceTree.Sources.SelectMany(rule));

    int Median(string what, IEnumerable<int> values)
    {
        var sorted = values.Order().ToList();
        output.WriteLine($"{what}: median {sorted[sorted.Count / 2]}, greatest {sorted[^1]}, of {sorted.Count}");
        return sorted[sorted.Count / 2];
    }
}
