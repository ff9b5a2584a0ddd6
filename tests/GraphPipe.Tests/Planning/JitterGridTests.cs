using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>
/// The multi-modal transformer where work takes up to 30 % longer or shorter at random: every synchronous schedule, on two, four and eight devices with one and two stages on each,
/// whose messages take no time but for their bytes, or 25 or 100 µs more. Taking what is ready costs nothing anywhere in the mean, and gains much where messages take long.
/// </summary>
public class JitterGridTests
{
    private static readonly Lazy<(BuiltModel Built, OnnxModel Onnx)> s_mmt = new(() =>
    {
        var built = ModelCatalog.Build("mmt-small");
        return (built, built.ToOnnx());
    });

    /// <summary>One case of each schedule; with GRAPHPIPE_LONG=1 all.</summary>
    public static TheoryData<string, int, int, int> Grid
    {
        get
        {
            var data = new TheoryData<string, int, int, int>();
            foreach (var (number, schedule) in ScheduleTable.Names.Where(n => !ScheduleTable.Find(n, new DiagnosticBag())!.Traits.IsAsynchronous).Index())
            {
                var cases = (
                    from latency in (int[])[0, 25, 100]
                    from devices in (int[])[2, 4, 8]
                    from perDevice in (int[])[1, 2]
                    where ScheduleTable.Find(schedule, new DiagnosticBag())!.Place(devices * perDevice, devices, new DiagnosticBag()) is not null
                    select (devices, perDevice, latency)).ToList();
                // Seven goes around all of them.
                foreach (var (devices, perDevice, latency) in Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1" ? cases : [cases[7 * number % cases.Count]])
                    data.Add(schedule, devices, perDevice, latency);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Grid))]
    public void Taking_what_is_ready_is_not_slower_in_the_mean(string schedule, int devices, int perDevice, int latency)
    {
        var (planned, ready) = Means(schedule, devices, perDevice, latency);
        Assert.True(ready <= planned * (1 + 1e-12), $"ready {ready}, planned {planned}");
    }

    [Theory]
    [InlineData("interleaved", 8, 2, 25)]
    [InlineData("interleaved", 8, 2, 100)]
    public void It_is_a_fifth_faster_where_messages_take_long(string schedule, int devices, int perDevice, int latency)
    {
        var (planned, ready) = Means(schedule, devices, perDevice, latency);
        Assert.True(planned >= 1.2 * ready, $"ready {ready}, planned {planned}");
    }

    // Makespans of 100 seeds.
    private static (double Planned, double Ready) Means(string schedule, int devices, int perDevice, int latency)
    {
        var (built, onnx) = s_mmt.Value;
        var topology = Topology.Of(DeviceMesh.Cpu(devices));
        var compiler = new ModelCompiler(onnx, new CompileOptions
        {
            Loss = built.Loss,
            Mesh = DeviceMesh.Cpu(devices),
            Topology = latency == 0 ? topology : topology with { Devices = [.. topology.Devices.Select((d, i) => d with { Node = i })], InterNode = new(1000, new(latency)) },
            Partitioner = "uniform",
            Stages = devices * perDevice,
            Schedule = schedule,
            MiniBatch = 4 * devices,
            MicroBatch = MicroBatchChoice.Size(1),
        });
        var graph = compiler.ToCosts(compiler.ToGraph());
        var (request, partition) = (compiler.ToRequest(graph), compiler.ToPlan(graph));
        var plan = PlanSimulation.Lower(partition, request, request.Schedule);
        var costs = SimulationCosts.Of(request, partition);
        double Mean(Dispatch dispatch) => Enumerable.Range(0, 100).Average(seed => Simulator.Run(plan, costs with { Jitter = new(0.3, seed) }, dispatch).Makespan.Value);
        return (Mean(Dispatch.Planned), Mean(Dispatch.Ready));
    }
}
