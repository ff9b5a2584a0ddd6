using System.Runtime.CompilerServices;
using GraphPipe.Models;
using GraphPipe.Onnx;
using Xunit;

namespace GraphPipe.Tests.Models;

/// <summary>The files under models/ are what the catalog builds; <c>GRAPHPIPE_BLESS=1</c> writes them anew.</summary>
public sealed class ShippedModelTests
{
    private const int LargestModel = 300_000;
    private const int LargestData = 400_000;

    public static TheoryData<string> Names => [.. ModelCatalog.Entries.Select(e => e.Name).Where(n => n.EndsWith("-small", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_model_is_what_the_catalog_builds(string name)
    {
        byte[] built = OnnxExport.Write(ModelCatalog.Build(name).Module);
        Compare(InModels("onnx", $"{name}.onnx"), built);
        Assert.InRange(built.Length, 1, LargestModel);
    }

    [Fact]
    public void The_data_are_what_the_generator_draws()
    {
        long total = 0;
        foreach (var (name, samples, draw) in new[] { ("mmt-train.npz", 144, 1L), ("mmt-validation.npz", 48, 2L) })
        {
            string temporary = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".npz");
            new SyntheticData(ModelCatalog.Build("mmt-small")).Save(temporary, samples, draw);
            byte[] drawn = File.ReadAllBytes(temporary);
            File.Delete(temporary);
            Compare(InModels("data", name), drawn);
            total += drawn.Length;
        }

        Assert.InRange(total, 1, LargestData);
    }

    private static void Compare(string path, byte[] built)
    {
        if (Environment.GetEnvironmentVariable("GRAPHPIPE_BLESS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, built);
        }

        Assert.True(File.Exists(path), $"{path} is missing; run this test with GRAPHPIPE_BLESS=1");
        Assert.True(built.AsSpan().SequenceEqual(File.ReadAllBytes(path)), $"{path} differs from what is built; if that is meant, run this test with GRAPHPIPE_BLESS=1");
    }

    private static string InModels(string folder, string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "models", folder, name));
}
