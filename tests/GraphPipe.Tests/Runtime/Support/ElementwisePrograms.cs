using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Runtime;

/// <summary>One step of a made-up program: what is called, and which of the values so far it reads.</summary>
/// <param name="Op">One of <see cref="ElementwisePrograms.Ops"/>.</param>
internal readonly record struct ElementwiseStep(string Op, int A, int B, bool IsKept);

/// <summary>
/// Made-up programs of elementwise calls, of reductions and of some calls between them that are neither: broadcasts, views, results of other types, results that are read twice and that are kept.
/// </summary>
internal static class ElementwisePrograms
{
    private const FunctionKind Forward = FunctionKind.Forward;

    /// <summary>Ops, and names for a few calls that belong together.</summary>
    public static string[] Ops { get; } =
        ["Add", "Mul", "Sub", "Max", "Tanh", "Neg", "Gelu", "Clip", "grad.Tanh", "grad.Sum", "Choose", "Either", "Whole", "Narrow", "View", "Rows", "Columns", "All", "Turn"];

    /// <summary>Ops that fold what an elementwise call has made.</summary>
    public static string[] Reductions { get; } =
        ["ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "grad.SumTo"];

    public static ElementwiseStep[] Random(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, random.Next(3, 15)).Select(_ => new ElementwiseStep(Ops[random.Next(Ops.Length)], random.Next(100), random.Next(100), random.Next(2) == 0))];
    }

    /// <param name="isFused">Whether calls say what they are, and may be fused.</param>
    public static (StageProgram Program, Dictionary<string, TensorData> Weights) Build(IReadOnlyList<ElementwiseStep> steps, bool isFused, long rows, long columns)
    {
        string shape = string.Create(CultureInfo.InvariantCulture, $"[{rows},{columns}]"), flat = string.Create(CultureInfo.InvariantCulture, $"[{rows * columns}]");
        string column = string.Create(CultureInfo.InvariantCulture, $"[{rows},1]"), row = string.Create(CultureInfo.InvariantCulture, $"[{columns}]");
        var b = new ProgramBuilder(new StageId(0), "s");
        var weights = new Dictionary<string, TensorData>();
        var random = new Random(5);
        BufferId Weight(string name, string dims)
        {
            var id = b.Buffer(name, dims, BufferLife.Persistent);
            b.Parameters.Add(new ParameterDecl(name, id, ParameterRole.Constant, new StageId(0), BufferId.None, []));
            long[] lengths = [.. dims.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
            weights.Add(name, TensorData.Floats([.. lengths], [.. Enumerable.Range(0, (int)lengths.Aggregate(1L, (x, y) => x * y)).Select(_ => (float)(random.NextDouble() * 4 - 2))]));
            return id;
        }

        // What has the full shape, and what is spread to it.
        List<BufferId> full = [Weight("x", shape), Weight("w", shape)];
        List<BufferId> small = [Weight("row", row), Weight("column", column), Weight("scalar", "[]")];
        for (int i = 0; i < steps.Count; i++)
        {
            var (op, first, second, isKept) = steps[i];
            string name = string.Create(CultureInfo.InvariantCulture, $"v{i}");
            BufferId a = full[first % full.Count], whole = full[second % full.Count], other = second % 3 == 0 ? small[second / 3 % small.Count] : full[second % full.Count];
            BufferId Result(string dims, DType type = DType.F32) => b.Buffer(name, dims, isKept ? BufferLife.Activation : BufferLife.Temporary, type);
            BufferId Between(string suffix, DType type) => b.Buffer(name + suffix, shape, BufferLife.Temporary, type);
            void Call(string kernel, BufferId result, params BufferId[] operands) => b.Call(Forward, kernel, operands, [result], isElementwise: isFused);

            // With the axes that it folds, or without them and a view that has them.
            BufferId Fold(BufferId operand, int number, ImmutableArray<long> axes, string with, string without)
            {
                string kernel = Reductions[number % Reductions.Length];
                bool keeps = kernel == "grad.SumTo" || number / Reductions.Length % 2 == 0;
                var result = Result(keeps ? with : without);
                var attributes = kernel == "grad.SumTo" ? Attributes.Empty : Attributes.Empty.With("axes", axes).With("keepdims", keeps ? 1L : 0L);
                b.Call(Forward, kernel, [operand], [result], attributes, isReduction: isFused);
                return keeps ? result : b.Alias(result, with);
            }

            switch (op)
            {
                case "View":
                    full.Add(b.Alias(b.Alias(a, flat), shape));
                    continue;
                case "Rows":
                    small.Add(Fold(a, second, [1], column, string.Create(CultureInfo.InvariantCulture, $"[{rows}]")));
                    continue;
                case "Columns":
                    small.Add(Fold(a, second, [0], string.Create(CultureInfo.InvariantCulture, $"[1,{columns}]"), row));
                    continue;
                case "All":
                    small.Add(Fold(a, second, [0, 1], "[1,1]", "[]"));
                    continue;
                case "Turn":
                    full.Add(Result(shape));
                    b.Call(Forward, "Trilu", [a], [full[^1]]);
                    break;
                case "Choose":
                    var condition = Between("?", DType.Bool);
                    Call("Less", condition, a, other);
                    full.Add(Result(shape));
                    Call("Where", full[^1], condition, other, a);
                    break;
                case "Either":
                    BufferId less = Between("<", DType.Bool), not = Between("!", DType.Bool), both = Between("&", DType.Bool);
                    Call("GreaterOrEqual", less, other, a);
                    Call("Not", not, less);
                    Call(second % 2 == 0 ? "Xor" : "Equal", both, not, less);
                    full.Add(Result(shape));
                    Call("Cast", full[^1], both);
                    break;
                case "Whole":
                    BufferId number = Between("n", DType.I64), sum = Between("m", DType.I64);
                    Call("Cast", number, a);
                    Call("Mul", sum, number, number);
                    full.Add(Result(shape));
                    Call("Cast", full[^1], sum);
                    break;
                case "Narrow":
                    var narrow = Between("b", second % 2 == 0 ? DType.I8 : DType.F16);
                    Call("Cast", narrow, a);
                    full.Add(Result(shape));
                    Call("Cast", full[^1], narrow);
                    break;
                case "grad.Sum":
                    full.Add(Result(shape));
                    Call(op, full[^1], a, whole, full[0]);
                    break;
                case "Clip":
                    full.Add(Result(shape));
                    b.Call(Forward, op, [a], [full[^1]], Attributes.Empty.With("min", -0.5f).With("max", second / 50f), isElementwise: isFused);
                    break;
                default:
                    bool isUnary = op is "Tanh" or "Neg" or "Gelu";
                    full.Add(Result(shape));
                    Call(op, full[^1], isUnary ? [a] : [a, op == "grad.Tanh" ? whole : other]);
                    break;
            }
        }

        b.Outputs.Add(new OutputDecl("last", full[^1]));
        b.Outputs.Add(new OutputDecl("middle", full[full.Count / 2]));
        b.Outputs.Add(new OutputDecl("small", small[^1]));
        return (b.Build(), weights);
    }

    /// <summary>The same calls, none of which may be fused.</summary>
    public static StageBundle OneByOne(StageBundle bundle) => bundle with { Stages = [.. bundle.Stages.Select(s => s with { Program = OneByOne(s.Program) })] };

    /// <summary>The program as the only stage, forward alone.</summary>
    public static PipelineExecutor Open(StageProgram program, Dictionary<string, TensorData> weights, IDeviceProvider provider, DeviceName device, ExecutorOptions? options = null)
    {
        var plan = TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]) with { Mesh = new DeviceMesh([device]) };
        return new PipelineExecutor(plan, [program], weights, [provider], options);
    }

    /// <returns>The program's outputs.</returns>
    public static List<TensorData> Run(StageProgram program, Dictionary<string, TensorData> weights, IDeviceProvider provider, DeviceName device)
    {
        using var executor = Open(program, weights, provider, device);
        var outputs = executor.Forward(new MiniBatch(1, [])).Outputs;
        return [.. program.Outputs.Select(o => outputs[o.Name])];
    }

    private static StageProgram OneByOne(StageProgram program) => program with
    {
        Functions = [.. program.Functions.Select(f => f with { Calls = [.. f.Calls.Select(c => c with { IsElementwise = false })] })],
    };
}
