using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Tests.Bundle;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>
/// Stages that make their activations again: the bits of one stage that keeps them, in less memory. What a pipeline is verified against never recomputes.
/// </summary>
public class RecomputationTests
{
    [Theory]
    [InlineData(1, "1f1b")]
    [InlineData(2, "1f1b")]
    [InlineData(3, "gpipe")]
    public void A_chain_keeps_its_bits_in_less_memory(int stages, string schedule)
    {
        var options = VerifiedModels.Options(stages, 8) with { MiniBatch = 32, Schedule = schedule, Recompute = RecomputeChoice.All };
        Assert.True(VerifiedModels.Verify(VerifiedModels.Chain(6, 64), options).BitEqual);
        var (kept, again) = Compile(VerifiedModels.Chain(6, 64), options);
        Assert.True(again.Memory.Devices.Sum(d => d.Slots.Value) < kept.Memory.Devices.Sum(d => d.Slots.Value));
        if (stages > 1)
            Assert.True(again.Memory.Devices[0].Total < kept.Memory.Devices[0].Total, $"{again.Memory.Devices[0]} {kept.Memory.Devices[0]}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_graph_with_skips_and_branches_keeps_its_bits(int stages)
    {
        var options = VerifiedModels.Options(stages, 4, LossKind.CrossEntropy) with { MiniBatch = 16, Recompute = RecomputeChoice.All };
        var result = VerifiedModels.Verify(VerifiedModels.Branches(), options);
        Assert.True(result.BitEqual, result.Difference);
        Assert.True(result.Passed);
    }

    [Fact]
    public void Between_forward_and_backward_a_stage_keeps_what_comes_in_and_nothing_else()
    {
        var (_, again) = Compile(VerifiedModels.Branches(), VerifiedModels.Options(4, 4, LossKind.CrossEntropy) with { MiniBatch = 16, Recompute = RecomputeChoice.All });
        foreach (var program in again.Bundle.Stages.Select(s => s.Program))
        {
            var incoming = program.Feeds.Select(f => f.Buffer).Concat(program.Ports.Where(p => !p.IsSend).Select(p => p.Buffer)).Select(program.Root).ToHashSet();
            var kept = Enumerable.Range(0, program.Buffers.Length).Select(i => new BufferId(i)).Where(b => program[b].Life == BufferLife.Activation && program[b].AliasOf.IsNone);
            Assert.All(kept, b => Assert.Contains(b, incoming));
        }
    }

    [Fact]
    public void A_plan_says_it_for_each_stage()
    {
        using var folder = new TemporaryFolder();
        var options = VerifiedModels.Options(2, 4);
        var mixed = VerifiedModels.Replan(VerifiedModels.Chain(6, 64), options, (i, s) => s with { Recompute = i == 0 });
        Assert.True(VerifiedModels.Verify(VerifiedModels.Chain(6, 64), options with { Plan = mixed }).BitEqual);
        var programs = ModelCompiler.Compile(OnnxModel.Load(VerifiedModels.Save(VerifiedModels.Chain(6, 64), folder["m.onnx"])), options with { Plan = mixed }).Bundle.Stages.Select(s => s.Program).ToList();
        Assert.Equal([true, false], programs.Select(p => p.Function(FunctionKind.Backward)!.Calls.Any(c => c.Kernel == "Gelu")));
    }

    private static (CompiledPipeline Kept, CompiledPipeline Again) Compile(ModelBuilder builder, CompileOptions options)
    {
        using var folder = new TemporaryFolder();
        var model = OnnxModel.Load(VerifiedModels.Save(builder, folder["m.onnx"]));
        return (ModelCompiler.Compile(model, options with { Recompute = RecomputeChoice.Off }), ModelCompiler.Compile(model, options));
    }
}
