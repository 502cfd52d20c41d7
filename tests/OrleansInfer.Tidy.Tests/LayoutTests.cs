namespace OrleansInfer.Tidy.Tests;

/// <summary>Where things are and who may name whom.</summary>
public sealed class LayoutTests
{
    static readonly string[] s_topLevel =
    [
        "src", "tests", "AppHost", "ServiceDefaults", "OrleansInfer.sln", "README.md", "docker-compose.yml",
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", ".editorconfig", ".gitignore",
        "LICENSE", ".ci", ".git",
    ];

    /// <summary>The one line of dependencies. A new edge is a decision and a commit of its own.</summary>
    static readonly Dictionary<string, string[]> s_edges = new()
    {
        ["OrleansInfer.Abstractions"] = [],
        ["OrleansInfer.Kernels"] = [],
        ["OrleansInfer.Models"] = ["OrleansInfer.Kernels"],
        ["OrleansInfer.Engine"] = ["OrleansInfer.Models", "OrleansInfer.Abstractions"],
        ["OrleansInfer.Grains"] = ["OrleansInfer.Engine"],
        ["OrleansInfer.Server"] = ["OrleansInfer.Grains", "ServiceDefaults"],
        ["OrleansInfer.Client"] = ["OrleansInfer.Abstractions"],
        ["OrleansInfer.Training"] = ["OrleansInfer.Models"],
        ["ServiceDefaults"] = [],
        ["AppHost"] = ["OrleansInfer.Server"],
    };

    static readonly string[] s_withoutOrleans = ["OrleansInfer.Kernels", "OrleansInfer.Models", "OrleansInfer.Engine"];

    // ServiceDefaults extends the host's builder, and by custom such extensions are found without a using.
    static readonly Dictionary<string, string> s_namespaces = new() { ["ServiceDefaults"] = "Microsoft.Extensions.Hosting" };

    [Fact]
    public void The_top_level_holds_what_is_planned_and_no_more() => Fault.AssertNone(
        SourceTree.TopLevelEntries().Except(s_topLevel).Select(name => new Fault(name, 1, "not planned for the top level")));

    [Fact]
    public void Projects_depend_only_on_what_is_planned() =>
        Fault.AssertNone(SourceTree.Projects.Where(project => !IsTest(project)).SelectMany(UnplannedEdges));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(SourceTree.Root, "OrleansInfer.sln"));
        Fault.AssertNone(
            from project in SourceTree.Projects
            where !solution.Contains($"\"{project.Path.Replace('/', '\\')}\"", StringComparison.Ordinal)
            select new Fault(project.Path, 1, "not in OrleansInfer.sln"));
    }

    [Fact]
    public void The_container_restores_every_project_of_the_server()
    {
        const string path = "src/OrleansInfer.Server/Dockerfile";
        var dockerfile = File.ReadAllText(Path.Combine(SourceTree.Root, path));
        Fault.AssertNone(
            from project in ProjectsBelow("OrleansInfer.Server")
            where !dockerfile.Contains($"COPY {project.Path} {project.Folder}/", StringComparison.Ordinal)
            select new Fault(path, 1, $"does not copy {project.Path} before its restore"));
    }

    [Fact]
    public void A_project_has_one_namespace_its_own_name() => Fault.AssertNone(
        from source in SourceTree.Sources
        where !IsBuildTask(source)
        let project = SourceTree.ProjectOf(source)?.Name
        where project is not null
        from fault in Rules.ForeignNamespaces(source, s_namespaces.GetValueOrDefault(project, project))
        select fault);

    [Fact]
    public void Kernels_models_and_engine_do_not_know_Orleans() => Fault.AssertNone(
        from source in SourceTree.Program
        let project = SourceTree.ProjectOf(source)?.Name
        where s_withoutOrleans.Contains(project)
        from fault in Rules.Names(source, "Orleans", $"names Orleans; {project} does not know it")
        select fault);

    [Fact]
    public void Only_kernels_and_training_name_TorchSharp() => Fault.AssertNone(
        from source in SourceTree.Program
        where SourceTree.ProjectOf(source)?.Name is not ("OrleansInfer.Kernels" or "OrleansInfer.Training")
        from fault in Rules.Names(source, "TorchSharp", "names TorchSharp; only OrleansInfer.Kernels and the trainer's autograd do")
        select fault);

    [Fact]
    public void Only_kernels_call_native_code() => Fault.AssertNone(
        SourceTree.Program
            .Where(source => SourceTree.ProjectOf(source)?.Name != "OrleansInfer.Kernels")
            .SelectMany(Rules.PlatformInvokes));

    static IEnumerable<Fault> UnplannedEdges(ProjectFile project) =>
        s_edges.TryGetValue(project.Name, out var planned)
            ? from edge in project.ProjectReferences.Except(planned)
              select new Fault(project.Path, 1, $"depends on {edge}; that edge is not planned")
            : [new Fault(project.Path, 1, "a project that is not planned")];

    static HashSet<ProjectFile> ProjectsBelow(string name)
    {
        var found = new HashSet<ProjectFile>();
        var open = new Stack<string>([name]);
        while (open.TryPop(out var next))
        {
            var project = SourceTree.Projects.Single(project => project.Name == next);
            if (found.Add(project)) foreach (var reference in project.ProjectReferences) open.Push(reference);
        }

        return found;
    }

    static bool IsTest(ProjectFile project) => project.Path.StartsWith("tests/", StringComparison.Ordinal);

    // MSBuild compiles these alone, in memory, and looks for their types without a namespace.
    static bool IsBuildTask(SourceFile source) => source.Path.StartsWith("src/OrleansInfer.Kernels/build/", StringComparison.Ordinal);
}
