using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>Activations that wait on the host: the same bits, memory to the byte, and who is blamed when a copy does not come.</summary>
public class OffloadTests
{
    private static readonly int[] DiamondStages = [0, 1, 2, 3, 3];

    private static DensePipeline Pipeline(int? resident, bool split = false) =>
        new(DenseModel.Diamond(0.9f), DiamondStages) { Split = split, RewritePlan = p => HostCopies.Add(p, resident), StallTimeout = null };

    public static TheoryData<int?, bool, Dispatch> Runs
    {
        get
        {
            var data = new TheoryData<int?, bool, Dispatch>();
            foreach (int? resident in (int?[])[1, 2, null])
            {
                foreach (bool split in (bool[])[false, true])
                {
                    data.Add(resident, split, Dispatch.Planned);
                    data.Add(resident, split, Dispatch.Ready);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Copies_change_no_bit_and_memory_is_measured_to_the_byte(int? resident, bool split, Dispatch dispatch)
    {
        var model = DenseModel.Diamond(0.9f);
        var pipeline = Pipeline(resident, split) with { Dispatch = dispatch };
        var (plan, programs) = pipeline.Compile();
        Assert.Equal(16, plan.Devices.Sum(d => d.Actions.Count(a => a.Kind == ActionKind.Offload)));
        var predicted = MemoryPlan.Compute(plan, programs);
        for (int seed = 0; seed < 10; seed++)
        {
            using var one = (DensePipeline.OneStage(model) with { Split = split }).Open();
            using var many = (pipeline with { Interference = new RandomDelays(seed) }).Open();
            foreach (int samples in (int[])[8, 3, 8, 7])
            {
                Assert.Equal(BitConverter.DoubleToInt64Bits(one.Step(model.Batch(samples)).Loss), BitConverter.DoubleToInt64Bits(many.Step(model.Batch(samples)).Loss));
                many.Forward(model.Batch(samples));
            }

            Assert.All(one.Parameters, p => Assert.Equal(one.GetParameter(p.Name).Hash, many.GetParameter(p.Name).Hash));
            foreach (var (device, report) in predicted.Devices.Zip(many.Report()))
            {
                Assert.Equal(device.Total, report.MeasuredPeak);
                Assert.Equal(device.Host, report.MeasuredHost);
            }
        }
    }

    /// <summary>Four micro-batches, all forwards first: without copies four slots. With them as many as the limit says, and four on the host.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Slots_are_as_many_as_may_stay(int resident)
    {
        var (plain, programs) = new DensePipeline(DenseModel.Diamond(), DiamondStages).Compile();
        var without = MemoryPlan.Compute(plain, programs);
        var with = MemoryPlan.Compute(HostCopies.Add(plain, resident), programs);
        for (int s = 0; s < 3; s++)
        {
            var ring = with.Stages[s].Ring(BufferLife.Activation);
            Assert.Equal(4, without.Stages[s].Ring(BufferLife.Activation).Slots);
            Assert.Equal(resident, ring.Slots);
            Assert.Equal(4, with.Stages[s].Host.Slots);
            Assert.Equal(4 * (ring.SlotSize + with.Stages[s].Ring(BufferLife.InputActivation).SlotSize).Value, with.Devices[s].Host.Value);
            Assert.Equal(Bytes.Zero, without.Devices[s].Host);
        }
    }

    [Fact]
    public void Plans_with_copies_round_trip_as_text()
    {
        var plan = Pipeline(2).Compile().Plan;
        string text = PlanText.Write(plan);
        Assert.Contains("stage s0 on cpu:0 micro_batch 2 in_flight 8 resident 4\n", text);
        Assert.Contains("  OFFLOAD s0 mb 0 [0,2)\n", text);
        Assert.Contains("  RELOAD s0 mb 3 [6,8)\n", text);
        Assert.Equal(text, PlanText.Write(PlanText.Parse(text)));
        Assert.Equal([.. plan.Stages], PlanText.Parse(text).Stages);
    }

    /// <summary>A copy that stands still, and one that nobody hears of, in the first and the third step; whoever waits is not blamed.</summary>
    [Theory]
    [InlineData(ActionKind.Reload, true)]
    [InlineData(ActionKind.Reload, false)]
    [InlineData(ActionKind.Offload, true)]
    [InlineData(ActionKind.Offload, false)]
    public void A_copy_that_does_not_come_is_named(ActionKind kind, bool isLost)
    {
        foreach (int step in (int[])[1, 3])
        {
            foreach (int device in (int[])[0, 2])
            {
                using var fault = new BrokenCopy(new FaultPlace(device, kind, 1, step), isLost);
                var pipeline = Pipeline(2) with { Interference = fault };
                using var executor = pipeline.Open();
                for (int i = 1; i < step; i++)
                    executor.Step(pipeline.Model.Batch(8));
                var time = Stopwatch.StartNew();
                var diagnostic = Assert.Single(Assert.Throws<DiagnosticException>(() => executor.Step(pipeline.Model.Batch(8))).Diagnostics);
                Assert.True(time.Elapsed < TimeSpan.FromMinutes(1));
                Assert.Equal(Codes.Stalled, diagnostic.Code);
                Assert.Equal($"cpu:{device}, {PlanAction.Keyword(kind)} s{device} mb 1 [2,4)", diagnostic.Location);
                Assert.Contains(isLost ? $"a copy of cpu:{device} has not been reported" : $"it began at a copy of cpu:{device}", diagnostic.Message);
                Assert.Contains($" waits for {PlanAction.Keyword(kind)} s{device} mb 1 [2,4)", diagnostic.Advice);
            }
        }
    }

    [Fact]
    public void A_copy_that_fails_ends_the_run_with_its_name()
    {
        var pipeline = Pipeline(2) with { Interference = new FailingCopy(new FaultPlace(1, ActionKind.Reload, 2, 2)) };
        using var executor = pipeline.Open();
        executor.Step(pipeline.Model.Batch(8));
        var diagnostic = Assert.Single(Assert.Throws<DiagnosticException>(() => executor.Step(pipeline.Model.Batch(8))).Diagnostics);
        Assert.Equal(Codes.DeviceLost, diagnostic.Code);
        Assert.Equal("cpu:1, RELOAD s1 mb 2 [4,6)", diagnostic.Location);
    }

    private sealed class FailingCopy(FaultPlace place) : Interference
    {
        public override bool Copied(DeviceId device, PlanAction copy) => place.IsMet(device, copy) ? throw new InvalidOperationException("the bus is gone") : true;
    }
}
