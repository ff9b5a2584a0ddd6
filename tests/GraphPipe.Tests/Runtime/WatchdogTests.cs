using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>Faults on purpose: each is found in time, with the limits that a user gets, and nobody but the culprit is blamed.</summary>
public class WatchdogTests
{
    private static readonly int[] DiamondStages = [0, 1, 2, 3, 3];
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private static IEnumerable<FaultPlace> Places()
    {
        foreach (int step in (int[])[1, 3])
        {
            for (int device = 0; device < 4; device++)
            {
                yield return new(device, ActionKind.Forward, 0, step);
                yield return new(device, ActionKind.Backward, 2, step);
            }

            yield return new(1, ActionKind.Recv, 1, step);
            yield return new(2, ActionKind.Send, 3, step);
        }
    }

    [Theory]
    [InlineData(Dispatch.Planned)]
    [InlineData(Dispatch.Ready)]
    public Task A_device_that_stands_still_is_named(Dispatch dispatch) => AtOnce(place =>
    {
        using var fault = new StoppedDevice(place);
        var diagnostic = FailsInStep(place.Step, fault, dispatch);
        Assert.Equal(Codes.Stalled, diagnostic.Code);
        Assert.EndsWith($"it began at cpu:{place.Device}", diagnostic.Message);
        Assert.StartsWith($"cpu:{place.Device}, {PlanAction.Keyword(place.Kind)} ", diagnostic.Location);
        Assert.Contains($" mb {place.MicroBatch} ", diagnostic.Location);
        // All others wait, or are done.
        string[] states = diagnostic.Advice!.Split("; ");
        Assert.Equal(4, states.Length);
        Assert.All(states.Where((_, d) => d != place.Device), s => Assert.Matches("waits for|: done$", s));
    });

    [Theory]
    [InlineData(Dispatch.Planned)]
    [InlineData(Dispatch.Ready)]
    public Task A_device_whose_thread_ends_is_named(Dispatch dispatch) => AtOnce(place =>
    {
        var diagnostic = FailsInStep(place.Step, new KilledDevice(place), dispatch);
        Assert.Equal(Codes.DeviceLost, diagnostic.Code);
        Assert.Contains($"device cpu:{place.Device} is lost", diagnostic.Message);
        Assert.StartsWith($"cpu:{place.Device}, {PlanAction.Keyword(place.Kind)} ", diagnostic.Location);
        Assert.Contains($" mb {place.MicroBatch} ", diagnostic.Location);
    });

    /// <summary>On every channel, in the first and the third step, from the first, a middle and the last message on.</summary>
    [Theory]
    [InlineData(Dispatch.Planned)]
    [InlineData(Dispatch.Ready)]
    public void A_channel_that_loses_messages_is_named(Dispatch dispatch)
    {
        var plan = Pipeline(null).Compile().Plan;
        foreach (var channel in plan.Channels)
        {
            foreach (var (microBatch, step) in new[] { (0, 1), (2, 3), (3, 1) })
            {
                var diagnostic = FailsInStep(step, new BrokenChannel(channel.Id.Value, microBatch, step), dispatch);
                Assert.Equal(Codes.Stalled, diagnostic.Code);
                string sender = plan.Mesh[plan.DeviceOf(channel.From)].ToString();
                Assert.EndsWith($"it began at {sender}: what it has sent got lost in channel '{channel.Name}'", diagnostic.Message);
                Assert.Equal($"{sender}, SEND {channel.Name} mb {microBatch} [{2 * microBatch},{2 * microBatch + 2})", diagnostic.Location);
            }
        }
    }

    /// <summary>A limit that follows from the slowest action so far does not end a run whose actions are all slow, or slow for the first time.</summary>
    [Fact]
    public void A_kernel_that_is_slow_the_first_time_is_no_stall()
    {
        var pipeline = Pipeline(null) with
        {
            MicroBatch = [8],
            Rewrite = p => p.Id.Value != 1 ? p : p with
            {
                Functions = [.. p.Functions.Select(f => f.Kind != FunctionKind.Forward ? f : f with { Calls = f.Calls.Add(new KernelCall("test.Sleep", [], [], Attributes.Empty.With("milliseconds", 3400), Dim.Zero, [])) })],
            },
        };
        using var executor = pipeline.Open();
        Assert.Equal(1, executor.Step(pipeline.Model.Batch(8)).Step);
    }

    /// <summary>A thread that gets no time right behind a receive, whose channel is empty then, while all others wait for it.</summary>
    [Theory]
    [InlineData(Dispatch.Planned)]
    [InlineData(Dispatch.Ready)]
    public void A_device_that_has_moved_its_message_does_not_wait_for_it(Dispatch dispatch)
    {
        var pipeline = Pipeline(new SlowBehindReceives(3)) with { Dispatch = dispatch };
        using var executor = pipeline.Open();
        Assert.Equal(1, executor.Step(pipeline.Model.Batch(8)).Step);
    }

    private sealed class SlowBehindReceives(int device) : Interference
    {
        public override void After(DeviceId at, PlanAction action, long ticks)
        {
            // The last micro-batch: nothing comes behind it.
            if (at.Value == device && action.Kind == ActionKind.Recv && action.MicroBatch.Index == 3)
                Thread.Sleep(800);
        }
    }

    // Each has nothing to do but to wait for its limit, so all wait side by side.
    private static Task AtOnce(Action<FaultPlace> test) => Task.WhenAll(Places().Select(p => Task.Factory.StartNew(() => test(p), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

    private static Diagnostic FailsInStep(int step, Interference fault, Dispatch dispatch)
    {
        var pipeline = Pipeline(fault) with { Dispatch = dispatch };
        using var executor = pipeline.Open();
        var batch = pipeline.Model.Batch(8);
        for (int i = 1; i < step; i++)
            executor.Step(batch);
        var time = Stopwatch.StartNew();
        var diagnostic = Assert.Single(Assert.Throws<DiagnosticException>(() => executor.Step(batch)).Diagnostics);
        Assert.True(time.Elapsed < Bound, $"{time.Elapsed}");
        return diagnostic;
    }

    private static DensePipeline Pipeline(Interference? fault) => new(DenseModel.Diamond(), DiamondStages) { OneForwardOneBackward = true, StallTimeout = null, Interference = fault };
}
