using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>y = (x·w)·w with one weight on two stages: the gradient goes to its owner, the new value back.</summary>
public class SharedParameterTests
{
    [Fact]
    public void A_shared_parameter_gets_the_gradients_of_both_stages()
    {
        var forward = new ChannelDecl(new ChannelId(0), "h", ChannelKind.Activation, DType.F32, Shape.Parse("[N,1]"), BatchLayout.Leading, new StageId(0), new StageId(1), 4);
        var back = new ChannelDecl(new ChannelId(1), "dh", ChannelKind.Gradient, DType.F32, Shape.Parse("[N,1]"), BatchLayout.Leading, new StageId(1), new StageId(0), 4);
        var up = new ChannelDecl(new ChannelId(2), "dw", ChannelKind.ParameterGradient, DType.F32, Shape.Parse("[1,1]"), null, new StageId(1), new StageId(0), 1);
        var down = new ChannelDecl(new ChannelId(3), "w", ChannelKind.ParameterValue, DType.F32, Shape.Parse("[1,1]"), null, new StageId(0), new StageId(1), 1);
        var plan = TestPlans.Lower([[.. TestPlans.GPipe(0, 2)], [.. TestPlans.GPipe(1, 2)]], [forward, back, up, down], 4, [2, 2]);
        var devices = plan.Devices;
        plan = plan with
        {
            Devices =
            [
                devices[0] with { Actions = [.. devices[0].Actions[..^1], PlanAction.Recv(up.Id, PlanAction.NoMicroBatch, default), devices[0].Actions[^1], PlanAction.Send(down.Id, PlanAction.NoMicroBatch, default)] },
                devices[1] with { Actions = [.. devices[1].Actions[..^1], PlanAction.Send(up.Id, PlanAction.NoMicroBatch, default), PlanAction.Recv(down.Id, PlanAction.NoMicroBatch, default)] },
            ],
        };

        float[] x = [1, 2, 3, 4], t = [1, 0, 2, 1];
        var batch = new MiniBatch(4, [new("x", TensorData.Floats([4, 1], x)), new("t", TensorData.Floats([4, 1], t))]);
        var weights = new Dictionary<string, TensorData> { ["w"] = TensorData.Floats([1, 1], 0.5f) };
        using var executor = new PipelineExecutor(
            plan, [First(), Second()], weights, [new CpuDeviceProvider()], new ExecutorOptions { Loss = DensePipeline.Loss });
        double w = 0.5;
        for (int step = 0; step < 3; step++)
        {
            double gradient = 0;
            for (int i = 0; i < 4; i++)
                gradient += 2 * (x[i] * w * w - t[i]) * 2 * w * x[i] / 4;
            executor.Step(batch);
            Assert.Equal(gradient, executor.GetGradient("w").As<float>()[0], 1e-4);
            w -= 0.01 * gradient;
            Assert.Equal(w, executor.GetParameter("w").As<float>()[0], 1e-5);
        }
    }

    private static StageProgram First()
    {
        var b = new ProgramBuilder(new StageId(0), "first");
        var x = b.Buffer("x", "[N,1]", BufferLife.Activation);
        var h = b.Buffer("h", "[N,1]", BufferLife.ForwardEdge);
        var dh = b.Buffer("dh", "[N,1]", BufferLife.BackwardEdge);
        var other = b.Buffer("dw.other", "[1,1]", BufferLife.Persistent);
        var (w, sum) = Weight(b);
        var dw = b.Buffer("dw", "[1,1]", BufferLife.Temporary);
        b.Feeds.Add(new FeedDecl(FeedKind.Input, "x", x));
        b.Ports.AddRange([new(new ChannelId(0), h, true), new(new ChannelId(1), dh, false), new(new ChannelId(2), other, false), new(new ChannelId(3), w, true)]);
        b.Call(FunctionKind.Forward, "Gemm", [x, w], [h]);
        b.Call(FunctionKind.Backward, "Gemm", [x, dh], [dw], Attributes.Empty.With("transA", 1));
        b.Call(FunctionKind.Backward, "train.Accumulate", [sum, dw], [sum]);
        b.Call(FunctionKind.Update, "train.AddGradient", [sum, other], [sum]);
        b.Call(FunctionKind.Update, "train.Sgd", [w, sum], [w], Attributes.Empty.With("learning_rate", 0.01f));
        return b.Build();
    }

    private static StageProgram Second()
    {
        var b = new ProgramBuilder(new StageId(1), "second");
        var h = b.Buffer("h", "[N,1]", BufferLife.Activation);
        var y = b.Buffer("y", "[N,1]", BufferLife.Activation);
        var t = b.Buffer("t", "[N,1]", BufferLife.Activation);
        var scale = b.Buffer("scale", "[]", BufferLife.Activation);
        var dh = b.Buffer("dh", "[N,1]", BufferLife.BackwardEdge);
        var (w, sum) = Weight(b);
        var dy = b.Buffer("dy", "[N,1]", BufferLife.Temporary);
        var dw = b.Buffer("dw", "[1,1]", BufferLife.Temporary);
        b.Loss = b.Buffer("loss", "[]", BufferLife.Temporary);
        b.Feeds.AddRange([new(FeedKind.Target, "t", t), new(FeedKind.LossScale, "scale", scale)]);
        b.Ports.AddRange([new(new ChannelId(0), h, false), new(new ChannelId(1), dh, true), new(new ChannelId(2), sum, true), new(new ChannelId(3), w, false)]);
        b.Call(FunctionKind.Forward, "Gemm", [h, w], [y]);
        b.Call(FunctionKind.Loss, "train.LossMse", [y, t, scale], [b.Loss]);
        b.Call(FunctionKind.Backward, "grad.LossMse", [y, t, scale], [dy]);
        b.Call(FunctionKind.Backward, "Gemm", [dy, w], [dh], Attributes.Empty.With("transB", 1));
        b.Call(FunctionKind.Backward, "Gemm", [h, dy], [dw], Attributes.Empty.With("transA", 1));
        b.Call(FunctionKind.Backward, "train.Accumulate", [sum, dw], [sum]);
        return b.Build();
    }

    private static (BufferId Weight, BufferId Sum) Weight(ProgramBuilder b)
    {
        var w = b.Buffer("w", "[1,1]", BufferLife.Persistent);
        var sum = b.Buffer("w.sum", "[1,1]", BufferLife.Persistent);
        b.Parameters.Add(new ParameterDecl("w", w, ParameterRole.Trained, new StageId(0), sum, []));
        return (w, sum);
    }
}
