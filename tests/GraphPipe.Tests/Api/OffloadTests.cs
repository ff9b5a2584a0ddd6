using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
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

    /// <summary>Copies are timed where they run, beside the device: after their forward, one behind the other in each direction, and done before what needs them. So the prediction from measured times has them too.</summary>
    [Fact]
    public void Copies_are_measured_and_predicted()
    {
        var bundle = Compile(OffloadChoice.Full, null).Bundle;
        using var session = new TrainingSession(bundle, new DeviceOptions());
        var measured = PipelineBenchmark.Run(session, new SyntheticSource(session.Executor.Inputs, 16, 2, 0), 3, 1);
        Assert.All(bundle.Plan.Devices, d => Assert.Contains(d.Actions, a => a.Kind == ActionKind.Offload));
        Assert.All(measured.Costs.HostCopies, copy => Assert.True(copy.Value > 0));
        foreach (var device in session.Executor.Timeline().GroupBy(t => t.Device))
        {
            var ends = device.Where(t => !t.Action.IsCopy && t.Action.IsCompute).ToLookup(t => (t.Action.Stage, t.Action.MicroBatch, t.Action.IsBackward));
            foreach (var copies in device.Where(t => t.Action.IsCopy).GroupBy(t => t.Action.Kind))
            {
                Assert.All(copies, c => Assert.True(c.Start < c.End));
                Assert.All(copies.Zip(copies.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
                Assert.All(copies, c => Assert.True(
                    c.Action.Kind == ActionKind.Offload
                        ? ends[(c.Action.Stage, c.Action.MicroBatch, false)].Single().End <= c.Start
                        : c.End <= ends[(c.Action.Stage, c.Action.MicroBatch, true)].Single().Start + ends[(c.Action.Stage, c.Action.MicroBatch, true)].Single().Wait,
                    $"{c}"));
            }
        }
    }

    /// <summary>A profile times copies by what it measured of messages in memory: 4 bytes per microsecond and 1 microsecond for each.</summary>
    [Fact]
    public void A_profile_predicts_copies()
    {
        var pipeline = Compile(OffloadChoice.Full, null);
        var profile = new Profile(
            MachineReading.Read(), new ProfiledDevices("cpu", 2, 1), DateTimeOffset.UnixEpoch, new ProfiledOverheads(default, default, new Link(4, new(1)), default), []);
        var programs = pipeline.Bundle.Stages.Select(s => s.Program).ToList();
        var costs = ProgramCosts.Of(pipeline.Bundle.Plan, programs, new ProfiledCosts(profile));
        var saved = MemoryPlan.Compute(pipeline.Bundle.Plan, programs).Stages.Select(s => SlotRing.SavedLives.Sum(life => s.Ring(life).SlotSize.Value));
        Assert.Equal(saved.Select(bytes => 1 + bytes / 4.0), costs.HostCopies.Select(c => c.Value));
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
