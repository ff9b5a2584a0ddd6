using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Runtime;

public class PipelineFailureTests
{
    private static readonly int[] DiamondStages = [0, 1, 2, 3, 3];

    [Theory]
    [InlineData(FunctionKind.Forward, "FORWARD s1 mb 0 [0,2)")]
    [InlineData(FunctionKind.Backward, "BACKWARD s1 mb 0 [0,2)")]
    [InlineData(FunctionKind.Update, "STEP s1")]
    public void A_kernel_that_throws_ends_the_run_and_is_named(FunctionKind kind, string action)
    {
        using var executor = With(1, kind, "test.Throw").Open();
        var diagnostic = Fails(executor, 8);
        Assert.Equal(Codes.KernelFailed, diagnostic.Code);
        Assert.Contains("kernel test.Throw failed: InvalidOperationException: on purpose", diagnostic.Message);
        Assert.Equal($"node \"/bad/node\", cpu:1, {action}", diagnostic.Location);
        Assert.Equal(kind != FunctionKind.Update, executor.IsConsistent);
        foreach (var parameter in executor.Parameters)
        {
            executor.SetParameter(parameter.Name, executor.GetParameter(parameter.Name));
            foreach (string state in parameter.States)
                executor.SetState(parameter.Name, state, executor.GetState(parameter.Name, state));
        }

        Assert.True(executor.IsConsistent);
    }

    [Fact]
    public void A_failed_step_leaves_parameters_and_the_next_step_works()
    {
        var model = DenseModel.Diamond();
        var weights = model.Weights();
        using var executor = new DensePipeline(model, DiamondStages) { OneForwardOneBackward = true }.Open(weights);
        var bad = new MiniBatch(8, [new("x", TensorData.Floats([8, 3], Enumerable.Repeat(float.NaN, 24).ToArray())), new("t", model.Batch(8)["t"])]);
        Assert.Equal(Codes.LossNotFinite, Assert.Throws<DiagnosticException>(() => executor.Step(bad)).Diagnostics[0].Code);
        Assert.Equal(0, executor.StepCount);
        Assert.True(executor.IsConsistent);
        Assert.Equal(weights["w4"].Hash, executor.GetParameter("w4").Hash);
        using var other = DensePipeline.OneStage(model).Open(weights);
        Assert.Equal(other.Step(model.Batch(8)).Loss, executor.Step(model.Batch(8)).Loss);
    }

    [Fact]
    public void A_value_that_cannot_be_is_an_error_of_the_data()
    {
        using var executor = With(2, FunctionKind.Forward, "test.Fault").Open();
        var diagnostic = Fails(executor, 8);
        Assert.Equal(Codes.DataValue, diagnostic.Code);
        Assert.Equal("index 12 is outside an axis of length 10", diagnostic.Message);
        Assert.StartsWith("node \"/bad/node\"", diagnostic.Location);
        Assert.True(executor.IsConsistent);
    }

    [Fact]
    public void The_first_micro_batch_whose_loss_is_not_finite_is_named()
    {
        var model = DenseModel.Chain();
        using var executor = new DensePipeline(model, [0, 1]).Open();
        float[] x = [.. model.Batch(8)["x"].As<float>()];
        x[5 * DenseModel.InputWidth] = float.PositiveInfinity;
        var diagnostic = Fails(executor, 8, x);
        Assert.Equal(Codes.LossNotFinite, diagnostic.Code);
        Assert.Contains("micro-batch 2 (samples [4,6))", diagnostic.Message);
        Assert.Contains("in step 1", diagnostic.Message);
    }

    [Fact]
    public void A_missing_send_is_a_stall_and_its_device_is_named()
    {
        var pipeline = new DensePipeline(DenseModel.Diamond(), DiamondStages)
        {
            OneForwardOneBackward = true,
            StallTimeout = TimeSpan.FromMilliseconds(200),
            RewritePlan = p => Without(p, device: 1, ActionKind.Send, microBatch: 3),
        };
        using var executor = pipeline.Open();
        var time = Stopwatch.StartNew();
        var diagnostic = Fails(executor, 8);
        Assert.Equal(Codes.Stalled, diagnostic.Code);
        Assert.InRange(time.Elapsed.TotalSeconds, 0.2, 5);
        Assert.Contains("cpu:3: RECV a1to3 mb 3 [6,8) waits for a message of s1 on cpu:1", diagnostic.Advice);
        Assert.Contains("cpu:1: RECV g1from3", diagnostic.Advice);
        Assert.True(executor.IsConsistent);
    }

    [Fact]
    public void A_message_about_other_samples_is_never_used()
    {
        using var executor = new DensePipeline(DenseModel.Chain(), [0, 1]) { RewritePlan = p => Without(p, device: 0, ActionKind.Send, microBatch: 1) }.Open();
        var diagnostic = Fails(executor, 8);
        Assert.Equal(Codes.PlanMalformed, diagnostic.Code);
        Assert.Equal("channel 'a0to1' delivers samples [4,6), the plan receives [2,4)", diagnostic.Message);
    }

    [Fact]
    public void A_channel_too_shallow_for_its_skip_is_a_circle_that_is_named()
    {
        var pipeline = new DensePipeline(DenseModel.Diamond(), DiamondStages) { OneForwardOneBackward = true, Depth = 1, StallTimeout = TimeSpan.FromMilliseconds(200) };
        using var executor = pipeline.Open();
        var diagnostic = Fails(executor, 8);
        Assert.Equal(Codes.Stalled, diagnostic.Code);
        Assert.Contains("wait in a circle: cpu:", diagnostic.Message);
    }

    [Fact]
    public void A_device_that_hangs_in_a_kernel_is_where_a_stall_began()
    {
        var pipeline = With(2, FunctionKind.Forward, "test.Sleep", Attributes.Empty.With("milliseconds", 1500)) with { StallTimeout = TimeSpan.FromMilliseconds(150) };
        using var executor = pipeline.Open();
        var diagnostic = Fails(executor, 8);
        Assert.Equal(Codes.Stalled, diagnostic.Code);
        Assert.EndsWith("it began at cpu:2", diagnostic.Message);
        Assert.StartsWith("node \"/bad/node\", cpu:2, FORWARD s2 mb 0", diagnostic.Location);
    }

    [Fact]
    public void Everything_that_has_no_kernel_is_listed_at_load()
    {
        var pipeline = new DensePipeline(DenseModel.Chain(), [0, 1])
        {
            Rewrite = p => p with { Functions = [.. p.Functions.Select(f => f with { Calls = [.. f.Calls.Select(c => c with { Kernel = c.Kernel.Replace("Gemm", "NoGemm").Replace("Relu", "NoRelu") })] })] },
        };
        var diagnostics = Assert.Throws<DiagnosticException>(() => pipeline.Open()).Diagnostics;
        Assert.All(diagnostics, d => Assert.Equal(Codes.KernelMissing, d.Code));
        Assert.Contains(diagnostics, d => d.Message == "no kernel for 'NoGemm' on cpu" && d.Location == "node \"/s1/Gemm\"");
        Assert.Contains(diagnostics, d => d.Message == "no kernel for 'grad.NoRelu' on cpu");
    }

    [Fact]
    public void Missing_weights_are_listed_at_load()
    {
        var model = DenseModel.Chain();
        var weights = model.Weights();
        weights.Remove("w0");
        weights["b1"] = TensorData.Floats([3], 1, 2, 3);
        var diagnostics = Assert.Throws<DiagnosticException>(() => new DensePipeline(model, [0, 1]).Open(weights)).Diagnostics;
        Assert.Equal(["b1", "w0"], diagnostics.Select(d => d.Location));
        Assert.All(diagnostics, d => Assert.Equal(Codes.BundleContent, d.Code));
    }

    [Fact]
    public void Devices_that_the_machine_lacks_are_listed()
    {
        var pipeline = new DensePipeline(DenseModel.Chain(), [0, 1]) { RewritePlan = p => p with { Mesh = DeviceMesh.Parse("cuda:0,1") } };
        var diagnostics = Assert.Throws<DiagnosticException>(() => pipeline.Open()).Diagnostics;
        Assert.Equal(2, diagnostics.Count);
        Assert.All(diagnostics, d => Assert.Equal(Codes.DevicesMissing, d.Code));
    }

    [Fact]
    public void Cancellation_ends_training_between_steps()
    {
        var model = DenseModel.Chain();
        using var executor = new DensePipeline(model, [0, 1]).Open();
        executor.Step(model.Batch(8));
        var diagnostic = Assert.Throws<DiagnosticException>(() => executor.Step(model.Batch(8), new CancellationToken(canceled: true))).Diagnostics[0];
        Assert.Equal(Codes.Interrupted, diagnostic.Code);
        Assert.Equal(1, executor.StepCount);
        Assert.Equal(2, executor.Step(model.Batch(8)).Step);
    }

    [Fact]
    public async Task Abort_ends_a_step_at_once()
    {
        // Four forwards of 300 ms in the first stage; the abort comes in the first of them.
        using var executor = With(0, FunctionKind.Forward, "test.Sleep", Attributes.Empty.With("milliseconds", 300)).Open();
        var step = Task.Run(() => Fails(executor, 8));
        await Task.Delay(100);
        executor.Abort();
        Assert.Equal(Codes.Interrupted, (await step).Code);
        Assert.InRange(executor.Timeline().Count(a => a.Action.Kind == ActionKind.Forward && a.Action.Stage.Value == 0 && a.End.Value > a.Start.Value), 0, 3);
    }

    [Fact]
    public void An_abort_between_two_steps_ends_the_next_one_and_no_other()
    {
        var model = DenseModel.Diamond();
        using var executor = new DensePipeline(model, DiamondStages).Open();
        executor.Abort();
        Assert.Equal(Codes.Interrupted, Fails(executor, 8).Code);
        Assert.True(executor.IsConsistent);
        Assert.Equal(1, executor.Step(model.Batch(8)).Step);
    }

    [Fact]
    public void A_batch_that_does_not_fit_is_refused_before_anything_runs()
    {
        var model = DenseModel.Chain();
        using var executor = new DensePipeline(model, [0, 1]).Open();
        var batch = new MiniBatch(8, [new("x", TensorData.Floats([8, 2], new float[16]))]);
        var diagnostics = Assert.Throws<DiagnosticException>(() => executor.Step(batch)).Diagnostics;
        Assert.Equal([Codes.DataShape, Codes.DataMissing], diagnostics.Select(d => d.Code));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.Step(model.Batch(9)));
    }

    private static DensePipeline With(int stage, FunctionKind kind, string kernel, Attributes? attributes = null) => new(DenseModel.Diamond(), DiamondStages)
    {
        OneForwardOneBackward = true,
        Rewrite = p => p.Id.Value != stage ? p : p with
        {
            Functions =
            [
                .. p.Functions.Select(f => f.Kind != kind ? f : f with { Calls = f.Calls.Add(new KernelCall(kernel, [], [], attributes ?? Attributes.Empty, Dim.Zero, ["/bad/node"])) }),
            ],
        },
    };

    private static ExecutionPlan Without(ExecutionPlan plan, int device, ActionKind kind, int microBatch) => plan with
    {
        Devices = [.. plan.Devices.Select(d => d.Device.Value != device ? d : d with { Actions = d.Actions.Remove(d.Actions.First(a => a.Kind == kind && a.MicroBatch.Index == microBatch)) })],
    };

    private static Diagnostic Fails(PipelineExecutor executor, long samples, float[]? x = null)
    {
        var batch = DenseModel.Chain().Batch(samples);
        if (x is not null)
            batch = new MiniBatch(samples, [new("x", TensorData.Floats([samples, DenseModel.InputWidth], x)), new("t", batch["t"])]);
        return Assert.Single(Assert.Throws<DiagnosticException>(() => executor.Step(batch)).Diagnostics);
    }
}
