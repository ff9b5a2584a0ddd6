using GraphPipe.Bundle;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Tests.Planning;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Every schedule there is, executed on a model with branches: the bits of one stage, and gradients that no splitting has touched.</summary>
public class EveryScheduleTests
{
    public static TheoryData<string, int, int> Runs
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (string name in ScheduleTable.Names)
            {
                foreach (int devices in (int[])[2, 4])
                {
                    foreach (int perDevice in (int[])[1, 2])
                    {
                        if (IsExecuted(ScheduleTable.Find(name, new DiagnosticBag())!, devices * perDevice, devices))
                            data.Add(name, devices, perDevice);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_schedule_has_the_bits_of_one_stage(string schedule, int devices, int perDevice)
    {
        var options = VerifiedModels.Options(devices, 8) with { MiniBatch = 16, Stages = devices * perDevice, Schedule = schedule };
        var result = VerifiedModels.Verify(Towers(), options);
        Assert.True(result.BitEqual, result.Difference);
        Assert.True(result.IsBitEqualityPromised);
        Assert.True(result.Passed);
        Assert.Equal(devices * perDevice, result.Stages);
    }

    /// <summary>Fewer micro-batches than two turns: a copy without work still takes part in the step.</summary>
    [Theory]
    [InlineData("chimera", 4, 2)]
    [InlineData("chimera", 4, 3)]
    [InlineData("chimera", 4, 6)]
    public void A_copy_may_have_less_to_do_than_the_other(string schedule, int devices, int microBatches)
    {
        var options = VerifiedModels.Options(devices, microBatches) with { MiniBatch = 12, Stages = devices, Schedule = schedule };
        var result = VerifiedModels.Verify(Towers(), options);
        Assert.True(result.BitEqual, result.Difference);
        Assert.True(result.Passed);
    }

    [Theory]
    [InlineData("chimera")]
    [InlineData("dualpipe")]
    public void Sums_of_copies_in_another_order_are_noticed(string schedule)
    {
        var options = VerifiedModels.Options(2, 16) with { MiniBatch = 32, Stages = 2, Schedule = schedule };
        Assert.False(VerifiedModels.Verify(Towers(), options, breakSumOrder: true).BitEqual);
    }

    // What can't be placed so, or says more than work and copies, does not compile; asynchronous schedules have tests of their own.
    private static bool IsExecuted(ISchedule schedule, int stages, int devices)
    {
        if (schedule.Traits.IsAsynchronous || schedule.Place(stages, devices, new DiagnosticBag()) is not { } placement)
            return false;
        var order = schedule.Generate(new(Tables.Chain(8, [.. Enumerable.Range(0, stages).Select(s => placement[new(s)].Value)]), devices), new DiagnosticBag());
        return order is not null && order.Devices.SelectMany(d => d).All(t => t.IsCompute || t.IsCopy);
    }

    // Two towers, which share a weight, on two inputs, and a head.
    private static ModelBuilder Towers()
    {
        var b = VerifiedModels.Builder();
        var tied = b.Parameter("tied", [16, 16], InitialWeights.ForInputs(16));
        var ends = new[] { "a", "b" }.Select(tower =>
        {
            var x = b.Linear($"{tower}.in", b.Input(tower, DType.F32, 8), 16);
            var h = b.Gelu(b.Linear($"{tower}.fc", b.LayerNorm($"{tower}.norm", x), 16));
            return b.Add(x, b.Gelu(b.MatMul(h, tied)));
        }).ToArray();
        b.Output("y", b.Linear("head", b.Mul(ends[0], ends[1]), 4));
        return b;
    }
}
