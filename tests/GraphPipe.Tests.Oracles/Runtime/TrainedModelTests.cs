using GraphPipe.Bundle;
using GraphPipe.Onnx;
using GraphPipe.Onnx.Proto;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>A trained model is the original file with other weights: ONNX Runtime gets the loss from it that the session gets.</summary>
public sealed class TrainedModelTests
{
    [Theory]
    [MemberData(nameof(RecordedModel.AllAtOneAndFourStages), MemberType = typeof(RecordedModel))]
    public void The_saved_model_has_the_loss_of_the_session(string name, int stages)
    {
        var model = RecordedModel.Open(name);
        var batch = model.Batch(model.Reference.Batch);
        using var session = new TrainingSession(model.Compile(stages), new DeviceOptions { ThreadsPerDevice = 1 });
        double first = session.Step(batch).Loss;
        session.Step(batch);
        string path = Path.GetTempFileName();
        byte[] trained;
        try
        {
            session.SaveOnnx(path);
            trained = File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }

        double expected = LossOf(model, model.Expected(trained, model.Reference.Batch)[model.Reference.Output]);
        double actual = session.Evaluate(batch).Loss!.Value;
        Assert.Equal(expected, actual, 1e-5 * Math.Abs(expected));
        Assert.NotEqual(first, actual, 1e-6 * Math.Abs(first));
        AssertOnlyWeightsDiffer(model, trained);
    }

    private static void AssertOnlyWeightsDiffer(RecordedModel model, byte[] trained)
    {
        var before = OnnxModel.ParseProto(model.File, "model.onnx");
        var after = OnnxModel.ParseProto(trained, "trained.onnx");
        int changed = 0;
        foreach (var (old, now) in before.Graph.Initializer.Zip(after.Graph.Initializer))
        {
            bool isSame = old.RawData.Equals(now.RawData);
            Assert.True(isSame || (old.DataType == (int)TensorProto.Types.DataType.Float && !model.Reference.Frozen.Contains(old.Name)), $"'{old.Name}' is not trained, but has changed");
            changed += isSame ? 0 : 1;
            old.ClearRawData();
            now.ClearRawData();
        }

        Assert.True(changed > 0);
        // Names, order, attributes, opsets, documentation: everything but the bytes above.
        Assert.Equal(before, after);
    }

    private static double LossOf(RecordedModel model, TensorData y)
    {
        var target = model.Reference.Tensors["target"];
        return model.Reference.Loss == LossKind.CrossEntropy ? CrossEntropy(y, target) : MeanSquare(y, target);
    }

    private static double MeanSquare(TensorData y, TensorData target)
    {
        double sum = 0;
        for (int i = 0; i < y.Count; i++)
            sum += (y.DoubleAt(i) - target.DoubleAt(i)) * (y.DoubleAt(i) - target.DoubleAt(i));
        return sum / y.Count;
    }

    // Logits [N,C,d…], classes [N,d…].
    private static double CrossEntropy(TensorData y, TensorData target)
    {
        long classes = y.Shape[1];
        long inner = y.Count / (y.Shape[0] * classes);
        double sum = 0;
        for (long i = 0; i < target.Count; i++)
        {
            long start = (i / inner * classes * inner) + (i % inner);
            double Logit(long c) => y.DoubleAt((int)(start + (c * inner)));
            double top = Enumerable.Range(0, (int)classes).Max(c => Logit(c));
            sum += top + Math.Log(Enumerable.Range(0, (int)classes).Sum(c => Math.Exp(Logit(c) - top))) - Logit(target.LongAt((int)i));
        }

        return sum / target.Count;
    }
}
