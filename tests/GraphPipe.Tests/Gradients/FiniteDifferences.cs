using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Gradients;

/// <summary>
/// Gradients of a compiled model against central differences of its own outputs, with one Richardson step: (4·D(h/2) − D(h))/3, exact to h⁴.
/// <para>The loss is formed here, in double precision, from the outputs, so that the loss kernel and its gradient are tested as well. What is left
/// is the outputs' rounding, about 6e-8·|y|/h of a difference; h = 1/128 keeps that near 1e-5 of the largest gradient, as the h⁴ term.</para>
/// </summary>
internal static class FiniteDifferences
{
    private const float Step = 1f / 128;

    // As part of the largest gradient. The worst case here has 2.4e-4, most have 1e-5: rounding. A wrong rule is off by the order of the gradient.
    private const double Tolerance = 1e-3;

    /// <summary>Compiles, trains one step and compares; gives the largest error, as part of the largest gradient.</summary>
    public static double Check(GradientCase test, Action<Module>? observe = null)
    {
        var compiled = Compile(test, out var inputs, observe);
        using var session = new TrainingSession(compiled.Bundle);
        var target = Target(session.Executor.Inputs.Single(i => i.Kind == FeedKind.Target), session, inputs);
        var batch = new MiniBatch(inputs.Samples, [.. inputs.Names.Select(n => KeyValuePair.Create(n, inputs[n])), KeyValuePair.Create("target", target)]);
        double loss = Loss(session, batch);
        Assert.Equal(loss, session.Evaluate(batch).Loss!.Value, Math.Max(1e-5 * loss, 1e-7));
        var module = test.Module(out _);
        var trained = module.Parameters.Where(p => p.Role == ParameterRole.Trained).ToDictionary(p => module[p.Value].Name, p => p.Data!);
        session.Step(batch);
        var gradients = trained.ToDictionary(t => t.Key, t => Gradient(session, t.Key, t.Value));
        foreach (var (name, value) in trained)
            session.Executor.SetParameter(name, value);

        var expected = trained.ToDictionary(t => t.Key, t => Enumerable.Range(0, (int)t.Value.Count).Select(i => Slope(session, batch, t.Key, t.Value, i)).ToArray());
        double largest = Math.Max(1e-3, expected.SelectMany(e => e.Value).Select(Math.Abs).DefaultIfEmpty().Max());
        double worst = 0;
        foreach (var (name, slopes) in expected)
        {
            for (int i = 0; i < slopes.Length; i++)
            {
                double error = Math.Abs(slopes[i] - gradients[name][i]) / largest;
                Assert.True(error <= Tolerance, $"{test}: gradient of {name}[{i}] is {gradients[name][i]:g6}, differences say {slopes[i]:g6} (of at most {largest:g3})");
                worst = Math.Max(worst, error);
            }
        }

        return worst;
    }

    /// <summary>The case for one device, four samples in two micro-batches.</summary>
    public static CompiledPipeline Compile(GradientCase test, out MiniBatch inputs, Action<Module>? observe = null) => ModelCompiler.Compile(
        test.Model(out inputs),
        new CompileOptions
        {
            Loss = LossKind.Mse,
            Freeze = [.. test.Frozen],
            MiniBatch = GradientCase.Samples,
            MicroBatch = MicroBatchChoice.Of(2),
            Stages = 1,
            Passes = new PassOptions { VerifyEach = true, After = (_, module, _) => observe?.Invoke(module) },
        });

    private static double Slope(TrainingSession session, MiniBatch batch, string name, TensorData value, int index)
    {
        double Difference(float h)
        {
            double At(float by)
            {
                float[] moved = value.As<float>().ToArray();
                moved[index] += by;
                session.Executor.SetParameter(name, TensorData.Floats(value.Shape, moved));
                return Loss(session, batch);
            }

            return (At(h) - At(-h)) / (2.0 * h);
        }

        double slope = ((4 * Difference(Step / 2)) - Difference(Step)) / 3;
        session.Executor.SetParameter(name, value);
        return slope;
    }

    private static double Loss(TrainingSession session, MiniBatch batch)
    {
        var y = session.Evaluate(batch).Outputs["y"].As<float>();
        var target = batch["target"].As<float>();
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
            sum += ((double)y[i] - target[i]) * ((double)y[i] - target[i]);
        return sum / y.Length;
    }

    // Off the outputs by 1/2 to 3/2, on either side, so that no element's gradient is small by chance.
    private static TensorData Target(InputSpec spec, TrainingSession session, MiniBatch inputs)
    {
        var y = session.Run(inputs).Outputs["y"];
        Assert.Equal("target", spec.Name);
        float[] target = y.As<float>().ToArray();
        for (int i = 0; i < target.Length; i++)
            target[i] += (i % 3 == 1 ? -1 : 1) * (0.5f + (i * 5 % 7 / 6f));
        return TensorData.Floats(y.Shape, target);
    }

    // A parameter that no gradient reaches is not trained.
    private static double[] Gradient(TrainingSession session, string name, TensorData value)
    {
        if (session.Executor.Parameters.Single(p => p.Name == name).Role != ParameterRole.Trained)
            return new double[value.Count];
        return [.. session.Executor.GetGradient(name).As<float>().ToArray().Select(g => (double)g)];
    }
}
