using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class LossKernelTests
{
    private static double Loss(double[] logits, long[] targets, int classes, int inner, long ignore, double scale)
    {
        double total = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] == ignore)
                continue;
            double Logit(long c) => logits[(i / inner * classes + (int)c) * inner + i % inner];
            double max = Enumerable.Range(0, classes).Max(c => Logit(c));
            total += max + Math.Log(Enumerable.Range(0, classes).Sum(c => Math.Exp(Logit(c) - max))) - Logit(targets[i]);
        }

        return scale * total;
    }

    [Theory]
    [InlineData(new long[] { 3, 5 }, -100)]
    [InlineData(new long[] { 40, 7 }, 2)]
    [InlineData(new long[] { 2, 4, 3, 3 }, 1)]
    [InlineData(new long[] { 0, 4 }, -100)]
    [InlineData(new long[] { 1, 1 }, -100)]
    public void Cross_entropy_and_its_gradient(long[] shape, int ignore)
    {
        int classes = (int)shape[1], inner = (int)Tensors.Count(shape[2..]);
        long[] positions = [shape[0], .. shape[2..]];
        var logits = Tensors.Random(shape, 1, -30, 30);
        var targets = Tensors.Longs(positions, i => i % 4 == 3 ? ignore : i * 7 % classes);
        var scale = TensorData.Floats([], 0.25f);
        var attributes = ignore == -100 ? Attributes.Empty : Tensors.With(("ignore_index", ignore));
        double[] x = [.. logits.As<float>().ToArray().Select(v => (double)v)];
        long[] t = targets.ToLongs();
        KernelProbe.Run("train.LossCrossEntropy", [logits, targets, scale], "f32[]", attributes).ShouldBe(_ => Loss(x, t, classes, inner, ignore, 0.25), 2e-6);
        KernelProbe.Run("grad.LossCrossEntropy", [logits, targets, scale], shape.Text(), attributes)
            .ShouldBe(i => Tensors.Slope(v => Loss([.. x[..i], v, .. x[(i + 1)..]], t, classes, inner, ignore, 0.25), x[i]), 1e-6);
    }

    [Fact]
    public void Cross_entropy_of_many_positions_does_not_depend_on_threads()
    {
        long[] shape = [2, 11, 3000];
        var logits = Tensors.Random(shape, 1, -3, 3);
        var targets = Tensors.Longs([2, 3000], i => i * 7 % 11);
        double[] x = [.. logits.As<float>().ToArray().Select(v => (double)v)];
        KernelProbe.Run("train.LossCrossEntropy", [logits, targets, TensorData.Floats([], 1)], "f32[]").ShouldBe(_ => Loss(x, targets.ToLongs(), 11, 3000, -100, 1), 1e-6);
        KernelProbe.Run("grad.LossCrossEntropy", [logits, targets, TensorData.Floats([], 1)], shape.Text());
    }

    [Theory]
    [InlineData("train.LossCrossEntropy", "f32[]")]
    [InlineData("grad.LossCrossEntropy", "f32[2,3]")]
    public void A_target_that_is_no_class_is_reported(string op, string output) => Assert.Equal(
        "target 3 is not one of 3 classes",
        KernelProbe.Fault(op, [Tensors.Random([2, 3], 1), TensorData.Longs([2], 1, 3), TensorData.Floats([], 1)], output));

    [Fact]
    public void Squared_error_and_its_gradient()
    {
        var (y, t, scale) = (Tensors.Random([5, 3001], 1), Tensors.Random([5, 3001], 2), TensorData.Floats([], 0.5f));
        var (a, b) = (y.As<float>().ToArray(), t.As<float>().ToArray());
        KernelProbe.Run("train.LossMse", [y, t, scale], "f32[]").ShouldBe(_ => 0.5 * a.Zip(b, (p, q) => ((double)p - q) * ((double)p - q)).Sum(), 1e-6);
        KernelProbe.Run("grad.LossMse", [y, t, scale], "f32[5,3001]").ShouldBe(i => (double)a[i] - b[i], 1e-6);
    }

    [Theory]
    [InlineData("train.Adam", 1, 0f)]
    [InlineData("train.Adam", 7, 0.1f)]
    [InlineData("train.AdamW", 7, 0.1f)]
    [InlineData("train.AdamW", 1000, 0.01f)]
    public void Adam_is_torchs(string op, int step, float decay)
    {
        const double rate = 0.01, beta1 = 0.85, beta2 = 0.995, epsilon = 1e-6;
        long[] shape = [40001];
        TensorData[] operands = [Tensors.Random(shape, 1), Tensors.Random(shape, 2), Tensors.Random(shape, 3), Tensors.Random(shape, 4, 0.1)];
        var attributes = Tensors.With(("learning_rate", 0.01f), ("beta1", 0.85f), ("beta2", 0.995f), ("epsilon", 1e-6f), ("weight_decay", decay));
        var after = KernelProbe.RunInPlace(op, operands, attributes, step);
        float[][] v = [.. operands.Select(o => o.As<float>().ToArray())];
        double Gradient(int i) => v[1][i] + (op == "train.Adam" ? (double)decay * v[0][i] : 0);
        double Mean(int i) => beta1 * v[2][i] + (1 - beta1) * Gradient(i);
        double Square(int i) => beta2 * v[3][i] + (1 - beta2) * Gradient(i) * Gradient(i);
        after[1].ShouldBe(i => v[1][i], 0, "gradient");
        after[2].ShouldBe(Mean, 1e-6, "exp_avg");
        after[3].ShouldBe(Square, 1e-6, "exp_avg_sq");
        after[0].ShouldBe(
            i =>
            {
                double p = op == "train.AdamW" ? v[0][i] * (1 - rate * decay) : v[0][i];
                double denominator = Math.Sqrt(Square(i) / (1 - Math.Pow(beta2, step))) + epsilon;
                return p - rate * Mean(i) / (1 - Math.Pow(beta1, step)) / denominator;
            },
            1e-6,
            "parameter");
    }
}
