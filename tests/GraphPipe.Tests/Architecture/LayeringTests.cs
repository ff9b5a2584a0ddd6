using System.Xml.Linq;
using Xunit;

namespace GraphPipe.Tests.Architecture;

/// <summary>The table of docs/architecture.md: which project may use which. Reads the project files, so a new reference fails here first.</summary>
public class LayeringTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["src/GraphPipe.Bundle"] = [],
        ["src/GraphPipe.Core"] = ["Bundle"],
        ["src/GraphPipe.Ops"] = ["Core"],
        ["src/GraphPipe.Onnx"] = ["Ops"],
        ["passes/GraphPipe.Passes"] = ["Ops"],
        ["passes/GraphPipe.Planning"] = ["Bundle"],
        ["src/GraphPipe.Compiler"] = ["Onnx", "Passes", "Planning"],
        ["src/GraphPipe.Report"] = ["Bundle", "Planning"],
        ["runtime/GraphPipe.Runtime"] = ["Bundle"],
        ["runtime/GraphPipe.Runtime.Cpu"] = ["Runtime"],
        ["runtime/GraphPipe.Runtime.Cuda"] = ["Runtime"],
        ["runtime/GraphPipe.Runtime.Ort"] = ["Runtime"],
        ["models/GraphPipe.Models"] = ["Onnx"],
        ["src/GraphPipe.Api"] = ["Compiler", "Report", "Runtime", "Runtime.Cpu", "Runtime.Cuda", "Runtime.Ort"],
        ["src/GraphPipe.Cli"] = ["Api", "Models"],
    };

    private static readonly Dictionary<string, string> OnlyUserOf = new()
    {
        ["Google.Protobuf"] = "GraphPipe.Onnx",
        ["Grpc.Tools"] = "GraphPipe.Onnx",
        ["Microsoft.ML.OnnxRuntime"] = "GraphPipe.Runtime.Ort",
        ["ILGPU"] = "GraphPipe.Runtime.Cuda",
        ["System.CommandLine"] = "GraphPipe.Cli",
    };

    [Fact]
    public void Projects_use_what_the_table_allows()
    {
        var projects = Projects().ToList();
        Assert.Equal(Allowed.Keys.Order(), projects.Select(p => p.Place).Order());
        foreach (var (place, file) in projects)
        {
            var used = Items(file, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r)["GraphPipe.".Length..]).ToList();
            Assert.True(used.All(u => Allowed[place].Contains(u)), $"{place} uses {string.Join(", ", used.Except(Allowed[place]))}");
        }
    }

    [Fact]
    public void Packages_stay_in_their_project()
    {
        foreach (var (place, file) in Projects())
        {
            foreach (string package in Items(file, "PackageReference"))
                Assert.True(!OnlyUserOf.TryGetValue(package, out string? owner) || Path.GetFileName(place) == owner, $"{place} uses {package}, which belongs to {owner}");
        }
    }

    [Theory]
    [InlineData(typeof(GraphPipe.Bundle.StageBundle))]
    [InlineData(typeof(GraphPipe.Runtime.PipelineExecutor))]
    [InlineData(typeof(GraphPipe.Runtime.Cpu.CpuDeviceProvider))]
    [InlineData(typeof(GraphPipe.Planning.PipelineSchedule))]
    public void The_ir_does_not_reach(Type type)
    {
        var references = type.Assembly.GetReferencedAssemblies().Select(a => a.Name).ToList();
        Assert.DoesNotContain("GraphPipe.Core", references);
        Assert.DoesNotContain("GraphPipe.Ops", references);
    }

    /// <summary>The mock driver is test equipment: no product project or source names it.</summary>
    [Fact]
    public void No_product_refers_to_the_mock_driver()
    {
        var sources = Projects().SelectMany(p => Directory.EnumerateFiles(Path.GetDirectoryName(p.File)!, "*.cs", SearchOption.AllDirectories).Append(p.File)).ToList();
        Assert.True(sources.Count > 500, $"{sources.Count} files");
        Assert.DoesNotContain(sources, s => File.ReadAllText(s).Contains("MockCuda", StringComparison.Ordinal));
    }

    [Fact]
    public void Protobuf_types_are_internal() =>
        Assert.DoesNotContain(typeof(GraphPipe.Onnx.OnnxModel).Assembly.GetExportedTypes(), t => t.Name.EndsWith("Proto", StringComparison.Ordinal));

    private static IEnumerable<(string Place, string File)> Projects() =>
        from top in new[] { "src", "passes", "runtime", "models" }
        from file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, top), "*.csproj", SearchOption.AllDirectories)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        select (Path.GetRelativePath(RepositoryRoot.Folder, Path.GetDirectoryName(file)!).Replace('\\', '/'), file);

    private static IEnumerable<string> Items(string file, string kind) =>
        XDocument.Load(file).Descendants(kind).Select(e => e.Attribute("Include")!.Value.Replace('\\', '/'));
}
