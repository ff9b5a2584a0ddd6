using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Channels and kernel scratch, which planning does not know, count against the limit, too.</summary>
public sealed class MemoryReserveTests
{
    [Fact]
    public void Planning_is_repeated_with_what_channels_take()
    {
        var model = ModelCatalog.Build("mmt-small", ["hidden=64", "ffn=128", "sequence=64", "layers=4"]).ToOnnx();
        var options = new CompileOptions { Loss = LossKind.CrossEntropy, Mesh = DeviceMesh.Cpu(4), MiniBatch = 64, Partitioner = "graphpipe", MemoryLimit = new Bytes(20_000_000) };
        var first = ModelCompiler.Compile(model, options);
        long planned = first.Plan.Stages.Max(s => s.Memory.Value), needed = Most(first);
        // The objective counts less than the device holds.
        Assert.InRange(planned, needed / 2, needed - 2);
        var limited = options with { MemoryLimit = new Bytes((planned + needed) / 2) };
        var compiler = new ModelCompiler(model, limited);
        Assert.Equal(first.Plan.Stages.Select(Nodes), compiler.ToPlan(compiler.ToCosts(compiler.ToGraph())).Stages.Select(Nodes));
        var compiled = ModelCompiler.Compile(model, limited);
        Assert.True(Most(compiled) <= limited.MemoryLimit.Value.Value);
    }

    [Fact]
    public void What_does_not_help_is_refused_with_the_figures_of_the_first_plan()
    {
        var model = ModelCatalog.Build("mmt-small").ToOnnx();
        // Kernels' scratch alone is more than the model.
        var options = new CompileOptions { Loss = LossKind.CrossEntropy, Mesh = DeviceMesh.Cpu(2), Stages = 2, MiniBatch = 8, MemoryLimit = new Bytes(300_000) };
        var faults = Assert.Throws<DiagnosticException>(() => ModelCompiler.Compile(model, options)).Diagnostics.Where(d => d.Severity == Severity.Error).ToList();
        Assert.NotEmpty(faults);
        Assert.All(faults, f => Assert.Equal(Codes.PlanOverMemory, f.Code));
        Assert.All(faults, f => Assert.Contains("its limit is", f.Message, StringComparison.Ordinal));
    }

    private static string Nodes(PipelineStage stage) => $"{stage.MicroBatch}: {string.Join(' ', stage.Nodes)}";

    private static long Most(CompiledPipeline compiled) => compiled.Memory.Devices.Max(d => d.Total.Value);
}
