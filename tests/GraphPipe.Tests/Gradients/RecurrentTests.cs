using GraphPipe.Tests.Kernels;
using Xunit;

namespace GraphPipe.Tests.Gradients;

/// <summary>
/// What the recurrent operators compute, against the equations of onnx docs/Operators.md one element at a time. (Differences of a wrong forward are as wrong as
/// its gradient.)
/// </summary>
public class RecurrentTests
{
    private const int Steps = 3, Inputs = 2, Size = 2, Samples = (int)GradientCase.Samples;

    [Theory]
    [InlineData("LSTM", 4, false, false)]
    [InlineData("LSTM", 4, true, false)]
    [InlineData("GRU", 3, false, false)]
    [InlineData("GRU", 3, false, true)]
    [InlineData("GRU", 3, true, true)]
    [InlineData("RNN", 1, true, false)]
    public void Follows_the_equations(string op, int gates, bool reverse, bool resetsAfter)
    {
        string attributes = $"{{direction = \"{(reverse ? "reverse" : "forward")}\", hidden_size = {Size}, linear_before_reset = {(resetsAfter ? 1 : 0)}}}";
        if (op != "GRU")
            attributes = attributes.Replace($", linear_before_reset = {(resetsAfter ? 1 : 0)}", "", StringComparison.Ordinal);
        var test = new GradientCase(
            op, "forward", $"%x [N,{Steps},{Inputs}]; @w [1,{gates * Size},{Inputs}]; @r [1,{gates * Size},{Size}]; @b [1,{2 * gates * Size}]; %h0 [N,1,{Size}]; %c0 [N,1,{Size}]; $n [N] < 3",
            "%t = Transpose(%x) {perm = ints[1, 0, 2]}\n%h1 = Transpose(%h0) {perm = ints[1, 0, 2]}\n%c1 = Transpose(%c0) {perm = ints[1, 0, 2]}\n%m = Abs(%n)\n%k = Cast(%m) {to = \"i32\"}\n"
            + $"%h, %last = {op}(%t, @w, @r, @b, %k, %h1{(op == "LSTM" ? ", %c1" : "")}) {attributes}\n%y = Transpose(%h) {{perm = ints[2, 0, 1, 3]}}");
        var module = test.Module(out _);
        double[] Parameter(string name) => Naive.Of(module.Parameters.Single(p => module[p.Value].Name == name).Data!).Values;
        using var session = new TrainingSession(FiniteDifferences.Compile(test, out var inputs).Bundle);
        var (x, h0, c0) = (Sum("x", Steps * Inputs), Sum("h0", Size), Sum("c0", Size));
        var expected = new Naive(Samples, Steps, 1, Size);
        for (int n = 0; n < Samples; n++)
        {
            long length = Math.Abs(inputs["n"].LongAt(n));
            double[] h = h0[(n * Size)..((n + 1) * Size)], c = c0[(n * Size)..((n + 1) * Size)];
            for (int i = 0; i < Steps; i++)
            {
                int t = reverse ? Steps - 1 - i : i;
                if (t >= length)
                    continue;
                double[] input = [.. x.Skip(((n * Steps) + t) * Inputs).Take(Inputs)];
                (h, c) = Step(op, resetsAfter, input, h, c, Parameter("w"), Parameter("r"), Parameter("b"), gates);
                for (int j = 0; j < Size; j++)
                    expected[n, t, 0, j] = h[j];
            }
        }

        var actual = session.Run(inputs).Outputs["y"];
        expected.ShouldEqual(actual, 1e-5);

        // A value with samples is its input and its parameter.
        double[] Sum(string name, int each)
        {
            double[] parameter = Parameter(name + ".p");
            return [.. Enumerable.Range(0, Samples * each).Select(i => inputs[name + ".x"].DoubleAt(i) + parameter[i % each])];
        }
    }

    private static (double[] H, double[] C) Step(string op, bool resetsAfter, double[] x, double[] h, double[] c, double[] w, double[] r, double[] b, int gates)
    {
        double FromInput(int gate, int j) => b[(gate * Size) + j] + Enumerable.Range(0, Inputs).Sum(k => w[(((gate * Size) + j) * Inputs) + k] * x[k]);
        double FromState(int gate, int j, double[] state) => b[(gates * Size) + (gate * Size) + j] + Enumerable.Range(0, Size).Sum(k => r[(((gate * Size) + j) * Size) + k] * state[k]);
        double[] Gate(int gate, Func<double, double> f) => [.. Enumerable.Range(0, Size).Select(j => f(FromInput(gate, j) + FromState(gate, j, h)))];
        if (op == "RNN")
            return (Gate(0, Math.Tanh), c);
        if (op == "LSTM")
        {
            double[] i = Gate(0, Sigmoid), o = Gate(1, Sigmoid), f = Gate(2, Sigmoid), fresh = Gate(3, Math.Tanh);
            double[] cell = [.. Enumerable.Range(0, Size).Select(j => (f[j] * c[j]) + (i[j] * fresh[j]))];
            return ([.. Enumerable.Range(0, Size).Select(j => o[j] * Math.Tanh(cell[j]))], cell);
        }

        double[] z = Gate(0, Sigmoid), reset = Gate(1, Sigmoid), kept = [.. reset.Zip(h, (a, s) => a * s)];
        double Candidate(int j) => Math.Tanh(FromInput(2, j) + (resetsAfter ? reset[j] * FromState(2, j, h) : FromState(2, j, kept)));
        return ([.. Enumerable.Range(0, Size).Select(j => ((1 - z[j]) * Candidate(j)) + (z[j] * h[j]))], c);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
