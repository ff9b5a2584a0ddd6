using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class MemoryPlanTests
{
    private static readonly int[] DiamondStages = [0, 1, 2, 3, 3];

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, false, 3)]
    [InlineData(true, true, 2)]
    public void Predicted_memory_is_measured_to_the_byte(bool oneForwardOneBackward, bool split, int threads)
    {
        var model = DenseModel.Diamond(0.9f);
        var pipeline = new DensePipeline(model, DiamondStages) { OneForwardOneBackward = oneForwardOneBackward, Split = split, Threads = threads };
        var (plan, programs) = pipeline.Compile();
        var predicted = MemoryPlan.Compute(plan, programs, threads);
        using var executor = pipeline.Open();
        executor.Step(model.Batch(8));
        executor.Step(model.Batch(3));
        executor.Forward(model.Batch(7));
        foreach (var (device, report) in predicted.Devices.Zip(executor.Report()))
        {
            Assert.Equal(device.Total, report.PredictedPeak);
            Assert.Equal(device.Total, report.MeasuredPeak);
        }
    }

    [Fact]
    public void Slots_follow_the_schedule()
    {
        var (plan, programs) = new DensePipeline(DenseModel.Diamond(), DiamondStages).Compile();
        var (ahead, _) = new DensePipeline(DenseModel.Diamond(), DiamondStages) { OneForwardOneBackward = true }.Compile();
        Assert.Equal([4, 4, 4, 4], Slots(plan, BufferLife.Activation));
        Assert.Equal([4, 3, 2, 1], Slots(ahead, BufferLife.Activation));
        Assert.Equal([0, 0, 0, 1], Slots(ahead, BufferLife.ForwardEdge));
        Assert.Equal([1, 1, 1, 1], Slots(ahead, BufferLife.BackwardEdge));
        Assert.Equal([0, 0, 0, 0], Slots(ahead, BufferLife.WeightEdge));

        int[] Slots(ExecutionPlan p, BufferLife life)
        {
            var memory = MemoryPlan.Compute(p, programs);
            return [.. memory.Stages.Select(s => s.Ring(life).Slots)];
        }
    }

    [Fact]
    public void A_deferred_weight_gradient_keeps_its_slot()
    {
        var work = new List<Work>();
        for (int m = 0; m < 3; m++)
            work.AddRange([new Work(ActionKind.Forward, 0, m), new Work(ActionKind.BackwardInput, 0, m)]);
        for (int m = 0; m < 3; m++)
            work.Add(new Work(ActionKind.BackwardWeight, 0, m));
        var (programs, channels) = DenseEmitter.Emit(DenseModel.Chain(), [0, 0], 1, split: true);
        var memory = MemoryPlan.Compute(TestPlans.Lower([work], channels, 6, [2]), programs);
        Assert.Equal([0, 1, 2], memory.Stages[0].Ring(BufferLife.WeightEdge).SlotOf.ToArray());
        Assert.Equal(3, memory.Stages[0].Ring(BufferLife.Activation).Slots);
    }

    [Fact]
    public void Messages_that_move_early_or_late_hold_their_slots()
    {
        var model = DenseModel.Diamond();
        var early = new DensePipeline(model, DiamondStages) { RewritePlan = ReceiveEarlySendLate };
        var (plan, programs) = early.Compile();
        var memory = MemoryPlan.Compute(plan, programs);
        Assert.Equal(4, memory.Stages[3].Ring(BufferLife.ForwardEdge).Slots);
        Assert.Equal(4, memory.Stages[3].Ring(BufferLife.BackwardEdge).Slots);
        Assert.Equal(4, memory.Stages[0].Ring(BufferLife.BackwardEdge).Slots);
        using var one = DensePipeline.OneStage(model).Open();
        using var many = early.Open();
        for (int step = 0; step < 3; step++)
        {
            one.Step(model.Batch(8, step));
            many.Step(model.Batch(8, step));
        }

        foreach (var parameter in one.Parameters)
            Assert.Equal(one.GetParameter(parameter.Name).Hash, many.GetParameter(parameter.Name).Hash);
    }

    // Every device's forward as: all receives, all forwards, all sends; its backward likewise.
    private static ExecutionPlan ReceiveEarlySendLate(ExecutionPlan plan) => plan with
    {
        Devices =
        [
            .. plan.Devices.Select(d => d with
            {
                Actions =
                [
                    .. d.Actions.OrderBy(a => a.Kind switch
                    {
                        ActionKind.Step => 6,
                        ActionKind.Forward => 1,
                        ActionKind.Backward => 4,
                        ActionKind.Recv => plan[a.Channel].Kind == ChannelKind.Activation ? 0 : 3,
                        _ => plan[a.Channel].Kind == ChannelKind.Activation ? 2 : 5,
                    }),
                ],
            }),
        ],
    };

    [Fact]
    public void Sizes_are_the_sum_of_their_parts()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var weight = b.Buffer("w", "[5]", BufferLife.Persistent);
        var kept = b.Buffer("a", "[N,20]", BufferLife.Activation);
        var also = b.Buffer("b", "[N,1]", BufferLife.Activation);
        var shape = b.Alias(kept, "[20*N]");
        var first = b.Buffer("t0", "[N,100]", BufferLife.Temporary);
        var second = b.Buffer("t1", "[N,100]", BufferLife.Temporary);
        var third = b.Buffer("t2", "[N,100]", BufferLife.Temporary);
        b.Call(FunctionKind.Forward, "f", [weight], [first], workspace: Dim.Parse("30*N"));
        b.Call(FunctionKind.Forward, "f", [first], [second]);
        b.Call(FunctionKind.Forward, "f", [second], [third, also]);
        b.Call(FunctionKind.Forward, "f", [third], [shape]);
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0), new Work(ActionKind.Forward, 0, 1)]], [], 4, [2]);
        var memory = MemoryPlan.Compute(plan, [b.Build()], threadsPerDevice: 2);
        Assert.Equal(64, memory.Devices[0].Persistent.Value);

        // [2,20] floats are 160 bytes, in 192; [2,1] takes 64; the alias nothing; only one micro-batch at a time.
        Assert.Equal(192 + 64, memory.Devices[0].Slots.Value);
        Assert.Equal(memory.Stages[0].PlaceOf(kept), memory.Stages[0].PlaceOf(shape));

        // [2,100] floats are 800 bytes, in 832. The third takes the place of the first.
        Assert.Equal(2 * 832, memory.Devices[0].Temporary.Value);
        Assert.Equal(memory.Stages[0].PlaceOf(first, FunctionKind.Forward), memory.Stages[0].PlaceOf(third, FunctionKind.Forward));
        Assert.Equal(2 * MemoryPlan.ScratchPerThread.Value, memory.Devices[0].Scratch.Value);
    }

    [Fact]
    public void A_use_through_an_alias_keeps_a_temporary_alive()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var first = b.Buffer("t0", "[64]", BufferLife.Temporary);
        var alias = b.Alias(first, "[8,8]");
        var second = b.Buffer("t1", "[64]", BufferLife.Temporary);
        var third = b.Buffer("t2", "[64]", BufferLife.Temporary);
        b.Call(FunctionKind.Forward, "f", [], [first]);
        b.Call(FunctionKind.Forward, "f", [], [second]);
        b.Call(FunctionKind.Forward, "f", [second], [third]);
        b.Call(FunctionKind.Forward, "f", [alias, third], []);
        var memory = MemoryPlan.Compute(TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]), [b.Build()]);
        Assert.Equal(3 * 256, memory.Devices[0].Temporary.Value);
    }

    [Fact]
    public void Channels_are_charged_to_the_receiver_at_their_largest_message()
    {
        var (plan, programs) = new DensePipeline(DenseModel.Chain(), [0, 1]) { MicroBatch = [8, 4], Depth = 3 }.Compile();
        var memory = MemoryPlan.Compute(plan, programs);

        // [4,5] floats are 80 bytes, in 128.
        Assert.Equal(3 * 128, memory.Devices[0].Channels.Value);
        Assert.Equal(3 * 128, memory.Devices[1].Channels.Value);
    }

    [Fact]
    public void Programs_that_would_overwrite_themselves_are_refused()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        var never = b.Buffer("never", "[4]", BufferLife.Temporary);
        b.Call(FunctionKind.Forward, "f", [never], []);
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]);
        Assert.Contains("'never', which nothing has written", Assert.Throws<InvalidOperationException>(() => MemoryPlan.Compute(plan, [b.Build()])).Message);

        var c = new ProgramBuilder(new StageId(0), "s");
        c.Feeds.Add(new FeedDecl(FeedKind.Input, "x", c.Buffer("x", "[N]", BufferLife.BackwardEdge)));
        Assert.Throws<InvalidOperationException>(() => MemoryPlan.Compute(plan, [c.Build()]));
    }

    /// <summary>Random functions: what is alive at the same time never overlaps, and no layout is larger than without reuse.</summary>
    [Fact]
    public void Temporaries_that_are_alive_together_do_not_overlap() =>
        Gen.Int[1, 12].SelectMany(n => Gen.Select(Gen.Int[1, 400].Array[n], Gen.Int[0, 1000].Array[n], Gen.Int[0, 200].Array[n])).Sample((sizes, uses, workspaces) =>
        {
            var b = new ProgramBuilder(new StageId(0), "s");
            var made = sizes.Select((s, i) => b.Buffer($"t{i}", $"[{s}]", BufferLife.Temporary)).ToList();
            for (int i = 0; i < made.Count; i++)
                b.Call(FunctionKind.Forward, "f", i == 0 ? [] : [made[uses[i] % i]], [made[i]], workspace: workspaces[i]);
            var program = b.Build();
            var memory = MemoryPlan.Compute(TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]), [program]);
            var function = memory.Stages[0][FunctionKind.Forward];
            var pieces = new List<(int First, int Last, long Start, long End)>();
            for (int i = 0; i < made.Count; i++)
            {
                int last = Enumerable.Range(0, made.Count).Where(c => c == i || (c > 0 && c > i && uses[c] % c == i)).Max();
                long start = function.OffsetOf(made[i]);
                pieces.Add((i, last, start, start + sizes[i] * 4));
                if (workspaces[i] > 0)
                    pieces.Add((i, i, function.Workspaces[i], function.Workspaces[i] + workspaces[i]));
            }

            foreach (var (a, i) in pieces.Select((p, i) => (p, i)))
            {
                Assert.True(a.End <= function.Size.Value && a.Start % 64 == 0);
                foreach (var other in pieces.Skip(i + 1))
                    Assert.True(a.First > other.Last || other.First > a.Last || a.End <= other.Start || other.End <= a.Start);
            }
        });

    /// <summary>Random orders of work: micro-batches in flight never share a slot, and there are no more slots than the most in flight.</summary>
    [Fact]
    public void Micro_batches_in_flight_do_not_share_a_slot() =>
        Gen.Int[1, 8].SelectMany(n => Gen.Int[0, 100].Array[2 * n]).Sample(keys =>
        {
            int n = keys.Length / 2;
            var order = Enumerable.Range(0, n).Select(m => (Key: (double)keys[m], Work: new Work(ActionKind.Forward, 0, m)))
                .Concat(Enumerable.Range(0, n).Select(m => (Key: keys[m] + 0.5 + keys[n + m], Work: new Work(ActionKind.Backward, 0, m))))
                .OrderBy(w => w.Key).Select(w => w.Work).ToList();
            var (programs, channels) = DenseEmitter.Emit(DenseModel.Chain(), [0, 0], 1);
            var ring = MemoryPlan.Compute(TestPlans.Lower([order], channels, n, [1]), programs).Stages[0].Ring(BufferLife.Activation);
            var held = new HashSet<int>();
            int most = 0;
            foreach (var work in order)
            {
                int slot = ring.SlotOf[work.MicroBatch];
                if (work.Kind == ActionKind.Forward)
                    Assert.True(held.Add(slot));
                else
                    held.Remove(slot);
                most = Math.Max(most, held.Count);
            }

            Assert.Equal(most, ring.Slots);
        });
}
