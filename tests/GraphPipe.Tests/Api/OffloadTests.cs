using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Tests.Bundle;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Offloading chosen for schedules that have none of their own.</summary>
public class OffloadTests
{
    [Theory]
    [InlineData("1f1b", 1)]
    [InlineData("gpipe", 1)]
    [InlineData("interleaved", 2)]
    [InlineData("zb-h1", 2)]
    [InlineData("zb-v", 2)]
    [InlineData("gis", 2)]
    public void Any_schedule_has_the_bits_of_one_stage(string schedule, int perDevice)
    {
        foreach (var choice in Enum.GetValues<OffloadChoice>())
        {
            var options = VerifiedModels.Options(2, 8) with { MiniBatch = 16, Stages = 2 * perDevice, Schedule = schedule, Offload = choice };
            var result = VerifiedModels.Verify(VerifiedModels.Chain(5, 48), options);
            Assert.True(result.BitEqual, result.Difference);
            Assert.True(result.Passed);
        }
    }

    /// <summary>All micro-batches wait at once; half or all of them elsewhere leave less on each device, and what is away is on the host.</summary>
    [Fact]
    public void More_on_the_host_is_less_on_the_device()
    {
        long Slots(OffloadChoice choice, out long host)
        {
            var memory = Compile(choice, null).Memory;
            host = memory.Devices.Sum(d => d.Host.Value);
            return memory.Devices.Sum(d => d.Slots.Value);
        }

        long none = Slots(OffloadChoice.None, out long noHost), half = Slots(OffloadChoice.Half, out long halfHost), full = Slots(OffloadChoice.Full, out long fullHost);
        Assert.True(full < half && half < none, $"{full} < {half} < {none}");
        Assert.True(noHost == 0 && halfHost > 0 && fullHost > halfHost, $"{noHost} < {halfHost} < {fullHost}");
    }

    [Fact]
    public void Too_little_host_memory_is_refused_before_anything_runs()
    {
        long need = Compile(OffloadChoice.Full, null).Memory.Devices.Max(d => d.Host.Value);
        Compile(OffloadChoice.Full, new Bytes(need));
        var refused = Assert.Throws<DiagnosticException>(() => Compile(OffloadChoice.Full, new Bytes(need - 1)));
        Assert.Contains(refused.Diagnostics, d => d.Code == Codes.PlanOverHostMemory && d.Message.Contains(new Bytes(need).ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_schedule_with_copies_of_its_own_takes_no_others()
    {
        var options = VerifiedModels.Options(2, 8) with { MiniBatch = 16, Stages = 4, Schedule = "po-h", Offload = OffloadChoice.Auto };
        var refused = Assert.Throws<DiagnosticException>(() => VerifiedModels.Verify(VerifiedModels.Chain(5, 16), options));
        Assert.Contains(refused.Diagnostics, d => d.Code == Codes.ScheduleUnsuitable);
    }

    private static CompiledPipeline Compile(OffloadChoice choice, Bytes? host)
    {
        using var folder = new TemporaryFolder();
        var options = VerifiedModels.Options(2, 8) with { MiniBatch = 16, Schedule = "gpipe", Offload = choice, HostMemoryLimit = host };
        return ModelCompiler.Compile(OnnxModel.Load(VerifiedModels.Save(VerifiedModels.Chain(5, 48), folder["m.onnx"])), options);
    }
}
