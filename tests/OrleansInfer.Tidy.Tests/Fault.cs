namespace OrleansInfer.Tidy.Tests;

/// <summary>A place that breaks a rule.</summary>
internal readonly record struct Fault(string Path, int Line, string Rule)
{
    public override string ToString() => $"{Path}:{Line}: {Rule}";

    public static void AssertNone(IEnumerable<Fault> faults)
    {
        var all = faults.ToList();
        if (all.Count > 0) Assert.Fail(string.Join('\n', all));
    }
}
