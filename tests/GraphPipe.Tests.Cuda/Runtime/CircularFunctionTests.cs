using GraphPipe.Bundle;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Sine, cosine and tangent of floats of every size against double precision, which is right to the last bit of a float.</summary>
[Collection(nameof(OneDriver))]
public sealed class CircularFunctionTests(CudaRuntimeFixture cuda)
{
    [Theory]
    [InlineData("Sin")]
    [InlineData("Cos")]
    [InlineData("Tan")]
    public void Are_within_a_unit_in_the_last_place(string name)
    {
        // Every binade, some near multiples of π/2, and where the reduction changes its way.
        var random = new Random(5);
        float[] x =
        [
            .. from exponent in Enumerable.Range(-30, 158) from sign in (int[])[-1, 1] select sign * (float)((1 + random.NextDouble()) * Math.Pow(2, exponent)),
            .. from k in Enumerable.Range(1, 200) select (float)(k * k * k * Math.PI / 2),
            99999.99f, 100000f, 100000.01f, float.MaxValue, float.Epsilon, 16367173e+29f,
        ];
        var y = KernelOnDevice.Run(cuda.Provider, new DeviceName("cuda", 0), name, [TensorData.Floats([x.Length], x)], [$"f32[{x.Length}]"])[0];
        for (int i = 0; i < x.Length; i++)
        {
            double truth = name switch { "Sin" => Math.Sin(x[i]), "Cos" => Math.Cos(x[i]), _ => Math.Tan(x[i]) };
            float own = (float)y.DoubleAt(i), step = MathF.BitIncrement(Math.Abs((float)truth)) - Math.Abs((float)truth);
            Assert.True(Math.Abs(own - truth) <= step, $"{name}({x[i]:R}) = {own:R}, right is {truth:R}");
        }
    }
}
