using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Cli;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Tests.Api;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>Faults in compiled plans of every sort, synchronous, asynchronous and with copies to the host: a run ends in time, with exit code 5, and names the culprit and nobody else.</summary>
public partial class PlanFaultTests
{
    /// <summary>Nobody may have to wait longer before he is told, with the limits that a user gets.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private static readonly Lazy<BuiltModel> s_model = new(() => new BuiltModel(VerifiedModels.Chain(10, 8).Build(), LossKind.Mse, [], ImmutableSortedDictionary<string, long>.Empty));

    /// <summary>A schedule, the stages of each of its four devices, and what of any schedule goes to the host; each with one way of dispatch, with GRAPHPIPE_LONG=1 with both.</summary>
    public static TheoryData<string, int, OffloadChoice, Dispatch> Plans
    {
        get
        {
            var data = new TheoryData<string, int, OffloadChoice, Dispatch>();
            (string, int, OffloadChoice)[] plans =
            [
                ("zb-v", 2, OffloadChoice.None), ("chimera", 1, OffloadChoice.None), ("pipedream", 1, OffloadChoice.None), ("pipedream-2bw:4", 1, OffloadChoice.None),
                ("xpipe:4", 1, OffloadChoice.None), ("po-f", 2, OffloadChoice.None), ("1f1b", 1, OffloadChoice.Full),
            ];
            bool isLong = Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1";
            foreach (var (number, (schedule, perDevice, offload)) in plans.Index())
            {
                foreach (var dispatch in Enum.GetValues<Dispatch>().Where(d => isLong || (d == Dispatch.Ready) == (number % 2 == 0)))
                    data.Add(schedule, perDevice, offload, dispatch);
            }

            return data;
        }
    }

    /// <summary>Before an action of each kind that the device has, in the first and in the third step.</summary>
    [Theory]
    [MemberData(nameof(Plans))]
    public async Task Who_stands_still_or_ends_is_named(string schedule, int perDevice, OffloadChoice offload, Dispatch dispatch)
    {
        var bundle = Compile(schedule, perDevice, offload);
        var places = (
            from device in bundle.Plan.Devices
            from kind in device.Actions.Select(a => a.Kind).Distinct()
            let action = device.Actions.Where(a => a.Kind == kind).ElementAt(device.Actions.Count(a => a.Kind == kind) / 2)
            // An asynchronous plan has a STEP for each generation, so that the third would be in the first step.
            select new FaultPlace(device.Device.Value, kind, action.MicroBatch.Index, device.Device.Value % 2 == 0 || kind == ActionKind.Step ? 1 : 3)).ToList();
        Assert.Equal(bundle.Plan.Devices.Any(d => d.Actions.Any(a => a.IsCopy)), places.Exists(p => p.Kind is ActionKind.Offload or ActionKind.Reload));

        await AtOnce(places, place =>
        {
            using var stopped = new StoppedDevice(place with { });
            var stall = FailsInStep(place.Step, bundle, dispatch, stopped);
            Assert.Equal((Codes.Stalled, $"cpu:{place.Device}"), (stall.Code, Named(stall)));
            Assert.Contains(PlanAction.Keyword(place.Kind), stall.Location);
            var lost = FailsInStep(place.Step, bundle, dispatch, new KilledDevice(place with { }));
            Assert.Equal((Codes.DeviceLost, $"cpu:{place.Device}"), (lost.Code, Named(lost)));
        });
    }

    /// <summary>On every channel, from the first message of a step on, from a middle one or from the last.</summary>
    [Theory]
    [MemberData(nameof(Plans))]
    public Task The_sender_of_a_lost_message_is_named(string schedule, int perDevice, OffloadChoice offload, Dispatch dispatch)
    {
        var bundle = Compile(schedule, perDevice, offload);
        var plan = bundle.Plan;
        Assert.NotEmpty(plan.Channels);
        return AtOnce(plan.Channels, channel =>
        {
            var sends = plan.Devices.SelectMany(d => d.Actions).Where(a => a.Kind == ActionKind.Send && a.Channel == channel.Id).ToList();
            var diagnostic = FailsInStep(1 + channel.Id.Value % 2, bundle, dispatch, new BrokenChannel(channel.Id.Value, sends[channel.Id.Value % 3 * (sends.Count - 1) / 2].MicroBatch.Index, 1 + channel.Id.Value % 2));
            Assert.Equal((Codes.Stalled, plan.Mesh[plan.DeviceOf(channel.From)].ToString()), (diagnostic.Code, Named(diagnostic)));
            Assert.Contains($"channel '{channel.Name}'", diagnostic.Message);
        });
    }

    /// <summary>Nobody has seen how long it takes: the very first kernel of a run, on the first device, and the first ones of others.</summary>
    [Theory]
    [MemberData(nameof(Plans))]
    public Task A_kernel_that_hangs_in_its_first_run_is_found_in_time(string schedule, int perDevice, OffloadChoice offload, Dispatch dispatch)
    {
        var bundle = Compile(schedule, perDevice, offload);
        FunctionKind backward = bundle.Stages[0].Program.Functions.Any(f => f.Kind == FunctionKind.BackwardInput) ? FunctionKind.BackwardInput : FunctionKind.Backward;
        return AtOnce<(int Stage, FunctionKind Function)>([(0, FunctionKind.Forward), (1, FunctionKind.Forward), (bundle.Stages.Length - 1, backward), (0, FunctionKind.Update)], place =>
        {
            var (stage, function) = place;
            var hanging = new KernelCall("test.Sleep", [], [], Attributes.Empty.With("milliseconds", 30_000), Dim.Zero, ["/bad/node"]);
            var diagnostic = FailsInStep(1, With(bundle, s => s == stage, function, hanging), dispatch, null);
            Assert.Equal((Codes.Stalled, bundle.Plan.Mesh[bundle.Plan.DeviceOf(new StageId(stage))].ToString()), (diagnostic.Code, Named(diagnostic)));
            Assert.StartsWith("node \"/bad/node\", cpu:", diagnostic.Location);
        });
    }

    /// <summary>Every stage's forward sleeps, beside which a small machine's noise is small; from the tenth step on a device takes twice its time.</summary>
    [Theory]
    [MemberData(nameof(Plans))]
    public void A_device_that_takes_twice_its_time_is_named(string schedule, int perDevice, OffloadChoice offload, Dispatch dispatch)
    {
        const int Device = 2;
        var bundle = With(Compile(schedule, perDevice, offload), _ => true, FunctionKind.Forward, new KernelCall("test.Sleep", [], [], Attributes.Empty.With("milliseconds", 4), Dim.Zero, []));
        var slow = new TwiceAsSlow(Device);
        using var executor = Open(bundle, dispatch, slow);
        var batch = BatchOf(executor);
        var named = new HashSet<int>();
        for (int step = 1; step <= 16; step++)
        {
            slow.IsSlow = step >= 10;
            executor.Step(batch);
            named.UnionWith(executor.SlowDevices.Select(d => d.Device.Value));
        }

        Assert.Equal([Device], named);
    }

    // Each has nothing to do but to wait for its limit, so all wait side by side.
    private static Task AtOnce<T>(IEnumerable<T> places, Action<T> test) =>
        Task.WhenAll(places.Select(p => Task.Factory.StartNew(() => test(p), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

    private static StageBundle Compile(string schedule, int perDevice, OffloadChoice offload) => ModelCompiler.Compile(s_model.Value.ToOnnx(), new CompileOptions
    {
        Loss = LossKind.Mse,
        Mesh = DeviceMesh.Cpu(4),
        Stages = 4 * perDevice,
        Schedule = schedule,
        Offload = offload,
        MiniBatch = 8,
        MicroBatch = MicroBatchChoice.Size(1),
        Optimizer = new OptimizerSettings("adam", 0.001, 0, false, 0, 0.9, 0.999, 1e-8),
    }).Bundle;

    // With a call in front of a function of some stages.
    private static StageBundle With(StageBundle bundle, Func<int, bool> isMeant, FunctionKind kind, KernelCall call) => bundle with
    {
        Stages =
        [
            .. bundle.Stages.Select(s => !isMeant(s.Program.Id.Value) ? s : s with
            {
                Program = s.Program with { Functions = [.. s.Program.Functions.Select(f => f.Kind == kind ? f with { Calls = f.Calls.Insert(0, call) } : f)] },
            }),
        ],
    };

    private static PipelineExecutor Open(StageBundle bundle, Dispatch dispatch, Interference? fault) => new(
        bundle.Plan, [.. bundle.Stages.Select(s => s.Program)], bundle.Stages.SelectMany(s => s.Weights).DistinctBy(w => w.Key).ToDictionary(),
        [new CpuDeviceProvider(1, kernelAssemblies: [typeof(PlanFaultTests).Assembly])], new ExecutorOptions { Loss = bundle.Manifest.Loss, Interference = fault, Dispatch = dispatch });

    private static MiniBatch BatchOf(PipelineExecutor executor) => Dataset.Create(new SyntheticData(s_model.Value).Draw(8, draw: 1), executor.Inputs, 8).Epoch(0).First();

    private static Diagnostic FailsInStep(int step, StageBundle bundle, Dispatch dispatch, Interference? fault)
    {
        using var executor = Open(bundle, dispatch, fault);
        var batch = BatchOf(executor);
        for (int i = 1; i < step; i++)
            executor.Step(batch);
        var diagnostic = Assert.Single(Assert.Throws<DiagnosticException>(() => executor.Step(batch)).Diagnostics);
        Assert.Equal(5, ExitCodes.Of(diagnostic.Code));
        // The watchdog's own clock, which does not count what a busy machine keeps all of the process waiting.
        if (Time().Match(diagnostic.Message) is { Success: true } time)
            Assert.InRange(double.Parse(time.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0, Bound.TotalSeconds);
        else
            Assert.Equal(Codes.DeviceLost, diagnostic.Code);
        return diagnostic;
    }

    // The devices that the user is pointed to.
    private static string Named(Diagnostic diagnostic) => string.Join(' ', Device().Matches($"{diagnostic.Message} {diagnostic.Location}").Select(m => m.Value).Distinct());

    [GeneratedRegex(@"for (\d+(\.\d+)?) s;")]
    private static partial Regex Time();

    [GeneratedRegex(@"cpu:\d+")]
    private static partial Regex Device();
}
