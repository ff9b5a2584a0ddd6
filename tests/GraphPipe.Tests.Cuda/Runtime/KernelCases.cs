using System.Collections.Immutable;
using GraphPipe.Bundle;
using static GraphPipe.Tests.Cuda.Runtime.KernelCase;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>
/// Calls for every CUDA kernel: odd sizes, empty operands, broadcasts, reversed and permuted axes. Bounds: 0 where the operations are the same,
/// a few units in the last place for functions, 1e-5 for sums, which the two add up in different orders.
/// </summary>
internal static partial class KernelCases
{
    private const double Same = 0;
    private const double Function = 1e-6;
    private const double Sum = 1e-5;

    public static IEnumerable<KernelCase> All => [.. Elementwise(), .. Moves(), .. Folds(), .. Products(), .. Rows(), .. Losses(), .. Windows(), .. Functions(), .. Casts(), .. Lines(), .. Indexing(), .. Borders(), .. Twice()];

    private static KernelCase Case(string kernel, double bound, TensorData?[] inputs, string output, params (string Name, AttributeValue Value)[] attributes) =>
        new(kernel, inputs, [output], bound, attributes.Aggregate(Attributes.Empty, (a, v) => a.With(v.Name, v.Value)));

    private static AttributeValue Ints(params long[] values) => values.ToImmutableArray();

    private static IEnumerable<KernelCase> Elementwise()
    {
        // One definition serves both devices: the same bits.
        // From 2²³ on all floats are whole; half of that lie a half apart.
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, 1e-40f, 88.8f, -104f, 3e38f, 1f, -1f, 3f, -3f, 0.5f, -0.5f, 4194304.5f, -4194305.5f, 8388607.5f, -8388607.5f];
        string specials = $"f32[{special.Length}]";
        string[] undifferentiated = ["Neg", "Exp", "Log", "Reciprocal", "Sign", "Floor", "Ceil", "Round"];
        foreach (string name in (string[])[
            "Neg", "Abs", "Sqrt", "Sign", "Floor", "Ceil", "Round", "Relu", "LeakyRelu", "Clip", "Softsign", "Reciprocal", "HardSigmoid", "HardSwish", "ThresholdedRelu",
            "Exp", "Log", "Erf", "Sigmoid", "Tanh", "Softplus", "Elu", "Swish", "Gelu", "Celu", "Selu", "Mish", "Shrink"])
        {
            float low = name is "Sqrt" or "Log" or "Reciprocal" ? 0.01f : -9;
            (string, AttributeValue)[] limits = name == "Clip" ? [("min", -1f), ("max", 1.5f)] : name == "Shrink" ? [("lambd", 0.75f), ("bias", 0.5f)] : [];
            yield return Case(name, Same, [Numbers([7, 101], 1, low, 9)], "f32[7,101]", limits);
            yield return Case(name, Same, [Numbers([0, 3])], "f32[0,3]", limits);
            yield return Case(name, Same, [TensorData.Floats([special.Length], special)], specials, limits);
            if (undifferentiated.Contains(name))
                continue;
            yield return Case($"grad.{name}", Same, [Numbers([7, 101], 2), Numbers([7, 101], 3, low, 4)], "f32[7,101]", limits);
            yield return Case($"grad.{name}", Same, [Numbers([special.Length], 2), TensorData.Floats([special.Length], special)], specials, limits);
        }

        yield return Case("Gelu", Same, [Numbers([333], 1, -6, 6)], "f32[333]", ("approximate", "tanh"));
        yield return Case("grad.Gelu", Same, [Numbers([333], 2), Numbers([333], 1, -6, 6)], "f32[333]", ("approximate", "tanh"));

        // Every special value with every other.
        TensorData column = TensorData.Floats([special.Length, 1], special), row = TensorData.Floats([special.Length], special);
        string pairs = $"f32[{special.Length},{special.Length}]";
        foreach (string name in (string[])["Add", "Sub", "Mul", "Div", "Max", "Min", "PRelu", "grad.PReluSlope"])
            yield return Case(name, Same, [column, row], pairs);
        foreach (string name in (string[])["grad.Max", "grad.Min", "grad.PReluX"])
            yield return Case(name, Same, [Numbers([special.Length, special.Length], 3), column, row], pairs);
        foreach (string name in (string[])["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"])
            yield return Case(name, Same, [column, row], $"bool[{special.Length},{special.Length}]");
        foreach (string name in (string[])["L1", "L2", "SumSquare", "LogSum", "LogSumExp"])
            yield return Case($"grad.Reduce{name}", Same, [Numbers([special.Length], 1), TensorData.Floats([special.Length, 1], special), row], $"f32[{special.Length},1]", ("axes", Ints(1)), ("keepdims", 0L));
        foreach (string name in (string[])["Add", "Sub", "Mul", "Div", "Max", "Min"])
        {
            yield return Case(name, Same, [Numbers([5, 1, 33], 1), Numbers([4, 33], 2)], "f32[5,4,33]");
            yield return Case(name, Same, [Numbers([3, 2, 1, 5], 1), Numbers([], 2, 1, 1.5f)], "f32[3,2,1,5]");
            yield return Case(name, Same, [Whole([3, 1], 1), Whole([7], 2)], "i64[3,7]");
        }

        yield return Case("Pow", Function, [Numbers([50], 1, 0.1f, 3), Numbers([50], 2, -3, 3)], "f32[50]");
        yield return Case("Pow", Same, [Numbers([50], 1), TensorData.Floats([1], 2f)], "f32[50]");
        yield return Case("Pow", Same, [Whole([9]), TensorData.Longs([], 3)], "i64[9]");
        yield return Case("grad.PowBase", Function, [Numbers([50], 3), Numbers([50], 1, 0.1f, 3), Numbers([50], 2)], "f32[50]");
        yield return Case("grad.PowExponent", Function, [Numbers([50], 3), Numbers([50], 1, 0.1f, 3), Numbers([50], 2, 0.1f, 3)], "f32[50]");
        foreach (string name in (string[])["grad.Max", "grad.Min"])
        {
            foreach (long side in (long[])[0, 1])
                yield return Case(name, Same, [Numbers([4, 9], 3), Numbers([4, 9], 1, -1, 1), Numbers([9], 1, -1, 1)], "f32[4,9]", ("side", side));
        }

        foreach (string name in (string[])["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"])
        {
            yield return Case(name, Same, [Numbers([5, 7], 1), Numbers([7], 1)], "bool[5,7]");
            yield return Case(name, Same, [Whole([5, 7], 1), Whole([7], 1)], "bool[5,7]");
            yield return Case(name, Same, [Bools(6), Bools(1)], "bool[6]");
        }

        foreach (string name in (string[])["And", "Or", "Xor"])
            yield return Case(name, Same, [Bools(5, 4), Bools(4)], "bool[5,4]");
        yield return Case("Not", Same, [Bools(13)], "bool[13]");
        yield return Case("Where", Same, [Bools(5, 1), Numbers([7], 1), Numbers([5, 7], 2)], "f32[5,7]");
        yield return Case("Where", Same, [Bools(4), Whole([4], 1), Whole([1], 2)], "i64[4]");
        foreach (string type in (string[])["f64", "i32", "i64", "bool"])
            yield return Case("Cast", Same, [Numbers([29], 1, -5, 5)], $"{type}[29]");
        foreach (string type in (string[])["f32", "i32", "bool"])
            yield return Case("Cast", Same, [Whole([29])], $"{type}[29]");
        yield return Case("Cast", Same, [Bools(11)], "f32[11]");
    }

    private static IEnumerable<KernelCase> Moves()
    {
        yield return Case("Transpose", Same, [Numbers([3, 4, 5, 6])], "f32[6,4,3,5]", ("perm", Ints(3, 1, 0, 2)));
        yield return Case("Transpose", Same, [Whole([3, 5])], "i64[5,3]");
        yield return Case("Expand", Same, [Numbers([3, 1, 4])], "f32[2,3,5,4]");
        yield return Case("Reshape", Same, [Numbers([3, 4])], "f32[2,6]");
        yield return Case("Reshape", Same, [new TensorData(DType.I4, [3, 5], new byte[] { 0x21, 0x43, 0x65, 0x07, 0x12, 0x34, 0x56, 0x0F })], "i4[5,3]");
        yield return Case("Concat", Same, [Numbers([2, 3], 1), Numbers([2, 0], 2), Numbers([2, 5], 3)], "f32[2,8]", ("axis", 1L));
        yield return new KernelCase("Split", [Numbers([2, 9])], ["f32[2,4]", "f32[2,5]"], Same, Attributes.Empty.With("axis", 1L).With("split", Ints(4, 5)));
        yield return Case("Slice", Same, [Numbers([6, 7])], "f32[2,4]", ("starts", Ints(1, 6)), ("ends", Ints(6, -8)), ("axes", Ints(0, 1)), ("steps", Ints(3, -2)));
        yield return Case("grad.Slice", Same, [Numbers([2, 4])], "f32[6,7]", ("starts", Ints(1, 6)), ("ends", Ints(6, -8)), ("axes", Ints(0, 1)), ("steps", Ints(3, -2)));
        yield return Case("Pad", Same, [Numbers([3, 4])], "f32[4,9]", ("pads", Ints(1, 2, 0, 3)), ("value", 1.5f));
        yield return Case("grad.Pad", Same, [Numbers([4, 9])], "f32[3,4]", ("pads", Ints(1, 2, 0, 3)));
        yield return Case("Tile", Same, [Numbers([2, 3])], "f32[4,9]", ("repeats", Ints(2, 3)));
        yield return Case("grad.Tile", Sum, [Numbers([4, 9])], "f32[2,3]", ("repeats", Ints(2, 3)));
        yield return Case("grad.Zero", Same, [], "f32[5,3]");
        yield return Case("grad.Zero", Same, [], "u4[5,3]");
        yield return Case("Gather", Same, [Numbers([4, 6, 3]), TensorData.Longs([5], 5, 0, -1, 2, 2)], "f32[4,5,3]", ("axis", 1L));
        yield return Case("Gather", Same, [new TensorData(DType.C128, [4, 3], Enumerable.Range(0, 192).Select(i => (byte)i).ToArray()), TensorData.Longs([2], -1, 1)], "c128[2,3]", ("axis", 0L));
        yield return Case("grad.Gather", Same, [Numbers([4, 5, 3]), TensorData.Longs([5], 5, 0, -1, 2, 2)], "f32[4,6,3]", ("axis", 1L));
        yield return Case("grad.Sum", Same, [Numbers([65], 1), Numbers([65], 2), Numbers([65], 3)], "f32[65]");
        yield return Case("grad.Sum", Same, [Numbers([65], 1)], "f32[65]");

        // More than one launch takes.
        yield return Case("grad.Sum", Same, [.. Enumerable.Range(1, 130).Select(i => Numbers([65], i))], "f32[65]");
        foreach (var half in (DType[])[DType.F16, DType.BF16])
        {
            string result = $"{half.Text()}[65]";
            yield return Case("grad.Sum", Same, [KernelCase.Halves(half, 65, 1), KernelCase.Halves(half, 65, 2), KernelCase.Halves(half, 65, 3)], result);
            yield return Case("grad.Sum", Same, [KernelCase.Halves(half, 65, 1)], result);
            yield return Case("Concat", Same, [KernelCase.Halves(half, 65, 1), KernelCase.Halves(half, 65, 2)], $"{half.Text()}[130]", ("axis", 0L));
            yield return Case("Gather", Same, [KernelCase.Halves(half, 65, 1), TensorData.Longs([3], 64, -65, 7)], $"{half.Text()}[3]", ("axis", 0L));
            yield return Case("Pad", Same, [KernelCase.Halves(half, 65, 1)], $"{half.Text()}[68]", ("pads", Ints(1, 2)), ("value", 0.1f));
        }

    }

    private static IEnumerable<KernelCase> Folds()
    {
        foreach (string name in (string[])["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceProd"])
        {
            double bound = name is "ReduceMax" or "ReduceMin" ? Same : Sum;
            float low = name == "ReduceLogSum" ? 0.1f : -1.5f, high = name == "ReduceProd" ? 1.2f : 2;
            yield return Case(name, bound, [Numbers([3, 5, 7], 1, low, high)], "f32[3,7]", ("axes", Ints(1)), ("keepdims", 0L));
            yield return Case(name, bound, [Numbers([2, 301, 3], 1, low, high)], "f32[1,1,3]", ("axes", Ints(0, 1)), ("keepdims", 1L));
        }

        // So many results that a long fold is a thread's own.
        yield return Case("ReduceSum", Sum, [Numbers([70, 1 << 14], 1)], "f32[16384]", ("axes", Ints(0)), ("keepdims", 0L));
        yield return Case("grad.SumTo", Sum, [Numbers([65, 4, 6], 1)], "f32[4,1]");
        yield return Case("grad.SumTo", Sum, [Numbers([200, 5], 1)], "f32[5]");
        yield return Case("grad.SumTo", Same, [Numbers([0, 5], 1)], "f32[5]");
        yield return Case("grad.ReduceMean", Same, [Numbers([3, 1], 1)], "f32[3,7]", ("axes", Ints(1)), ("keepdims", 1L));
        foreach (string name in (string[])["L1", "L2", "SumSquare", "LogSum", "LogSumExp"])
            yield return Case($"grad.Reduce{name}", Same, [Numbers([3], 1), Numbers([3, 7], 2), Numbers([3], 3, 0.5f, 2)], "f32[3,7]", ("axes", Ints(1)), ("keepdims", 0L));
    }

    private static IEnumerable<KernelCase> Products()
    {
        foreach (long transA in (long[])[0, 1])
        {
            foreach (long transB in (long[])[0, 1])
            {
                long[] a = transA == 0 ? [35, 19] : [19, 35], b = transB == 0 ? [19, 41] : [41, 19];
                yield return Case("Gemm", Sum, [Numbers(a, 1), Numbers(b, 2), Numbers([41], 3)], "f32[35,41]", ("transA", transA), ("transB", transB), ("alpha", 0.5f), ("beta", 2f));
                yield return Case("grad.MatMul", Sum, [Numbers([3, .. a], 1), Numbers([3, .. b], 2)], "f32[3,35,41]", ("transA", transA), ("transB", transB));
            }
        }

        yield return Case("Gemm", Sum, [Numbers([1, 1], 1), Numbers([1, 1], 2)], "f32[1,1]");
        yield return Case("Gemm", Sum, [Numbers([3, 5], 1), Numbers([5, 4], 2), Numbers([3, 1], 3)], "f32[3,4]");
        yield return Case("MatMul", Sum, [Numbers([2, 1, 3, 5], 1), Numbers([4, 5, 6], 2)], "f32[2,4,3,6]");
        yield return Case("MatMul", Sum, [Numbers([5], 1), Numbers([5, 6], 2)], "f32[6]");
        yield return Case("MatMul", Sum, [Numbers([7, 5], 1), Numbers([5], 2)], "f32[7]");
        yield return Case("MatMul", Sum, [Numbers([3, 0], 1), Numbers([0, 4], 2)], "f32[3,4]");
        yield return Case("MatMul", Sum, [Numbers([0, 3], 1), Numbers([3, 4], 2)], "f32[0,4]");
    }

    private static IEnumerable<KernelCase> Rows()
    {
        foreach (string name in (string[])["Softmax", "LogSoftmax"])
        {
            yield return Case(name, Sum, [Numbers([3, 197], 1, -20, 20)], "f32[3,197]", ("axis", 1L));
            yield return Case(name, Sum, [Numbers([2, 5, 3], 1)], "f32[2,5,3]", ("axis", -2L));
            yield return Case($"grad.{name}", Sum, [Numbers([3, 197], 2), Numbers([3, 197], 1, 0, 0.02f)], "f32[3,197]", ("axis", 1L));
        }

        var (x, scale, dy) = (Numbers([6, 150], 1), Numbers([150], 2), Numbers([6, 150], 3));
        yield return new KernelCase("LayerNormalization", [x, scale, Numbers([150], 4)], ["f32[6,150]", "f32[6,1]", "f32[6,1]"], Sum, Attributes.Empty.With("axis", -1L));
        yield return new KernelCase("LayerNormalization", [x, scale, null], ["f32[6,150]", "f32[6,1]", "f32[6,1]"], Sum, Attributes.Empty.With("axis", 1L).With("epsilon", 0.1f));
        yield return Case("grad.LayerNormalizationX", Sum, [dy, x, scale, Numbers([6, 1], 5), Numbers([6, 1], 6, 0.5f, 1)], "f32[6,150]", ("axis", 1L));
        yield return Case("grad.LayerNormalizationScale", Sum, [dy, x, Numbers([6, 1], 5), Numbers([6, 1], 6, 0.5f, 1)], "f32[150]", ("axis", 1L));
        var (image, channels) = (Numbers([2, 3, 5, 7], 1), Numbers([3], 2));
        yield return new KernelCase("InstanceNormalization", [image, channels, Numbers([3], 4)], ["f32[2,3,5,7]", "f32[2,3]", "f32[2,3]"], Sum, Attributes.Empty);
        yield return Case("grad.InstanceNormalizationX", Sum, [Numbers([2, 3, 5, 7], 3), image, channels, Numbers([2, 3], 5), Numbers([2, 3], 6, 0.5f, 1)], "f32[2,3,5,7]");
        yield return Case("grad.InstanceNormalizationScale", Sum, [Numbers([2, 3, 5, 7], 3), image, Numbers([2, 3], 5), Numbers([2, 3], 6, 0.5f, 1)], "f32[3]");
    }

    private static IEnumerable<KernelCase> Losses()
    {
        var (scale, targets) = (TensorData.Floats([], 0.25f), TensorData.Longs([7], 0, 4, -100, 2, 1, 3, 3));
        yield return Case("train.LossCrossEntropy", Sum, [Numbers([7, 5], 1), targets, scale], "f32[]");
        yield return Case("grad.LossCrossEntropy", Sum, [Numbers([7, 5], 1), targets, scale], "f32[7,5]");
        yield return Case("train.LossCrossEntropy", Sum, [Numbers([2, 5, 3], 1), TensorData.Longs([2, 3], 0, 1, 2, 3, 4, 0), scale], "f32[]", ("ignore_index", 1L));
        yield return Case("grad.LossCrossEntropy", Sum, [Numbers([2, 5, 3], 1), TensorData.Longs([2, 3], 0, 1, 2, 3, 4, 0), scale], "f32[2,5,3]", ("ignore_index", 1L));
        // More positions than threads, so that each takes several.
        var many = TensorData.Longs([600], [.. Enumerable.Range(0, 600).Select(i => i % 7 == 0 ? -100L : i * 31 % 5)]);
        yield return Case("train.LossCrossEntropy", Sum, [Numbers([600, 5], 1), many, scale], "f32[]");
        yield return Case("grad.LossCrossEntropy", Sum, [Numbers([600, 5], 1), many, scale], "f32[600,5]");
        yield return Case("train.LossMse", Sum, [Numbers([7, 300], 1), Numbers([7, 300], 2), scale], "f32[]");
        yield return Case("grad.LossMse", Same, [Numbers([7, 30], 1), Numbers([7, 30], 2), scale], "f32[7,30]");
    }

    private static IEnumerable<KernelCase> Windows()
    {
        (string, AttributeValue)[] conv = [("strides", Ints(2, 1)), ("pads", Ints(1, 0, 1, 2)), ("dilations", Ints(1, 2)), ("group", 2L)];
        yield return Case("Conv", Sum, [Numbers([2, 4, 7, 9], 1), Numbers([6, 2, 3, 2], 2), Numbers([6], 3)], "f32[2,6,4,9]", conv);
        yield return Case("grad.ConvX", Sum, [Numbers([2, 6, 4, 9], 1), Numbers([6, 2, 3, 2], 2)], "f32[2,4,7,9]", conv);
        yield return Case("grad.ConvW", Sum, [Numbers([2, 6, 4, 9], 1), Numbers([2, 4, 7, 9], 2)], "f32[6,2,3,2]", conv);
        yield return Case("Conv", Sum, [Numbers([2, 3, 11], 1), Numbers([4, 3, 3], 2)], "f32[2,4,9]");
        yield return Case("ConvTranspose", Sum, [Numbers([1, 2, 5], 1), Numbers([2, 3, 3], 2)], "f32[1,3,11]", ("strides", Ints(2)));
        (string, AttributeValue)[] pool = [("kernel_shape", Ints(3, 2)), ("strides", Ints(2, 2)), ("pads", Ints(1, 0, 1, 0))];
        yield return Case("MaxPool", Same, [Numbers([2, 3, 7, 8], 1)], "f32[2,3,4,4]", pool);
        yield return Case("grad.MaxPool", Sum, [Numbers([2, 3, 4, 4], 2), Numbers([2, 3, 7, 8], 1)], "f32[2,3,7,8]", pool);
        foreach (long count in (long[])[0, 1])
        {
            yield return Case("AveragePool", Sum, [Numbers([2, 3, 7, 8], 1)], "f32[2,3,4,4]", [.. pool, ("count_include_pad", count)]);
            yield return Case("grad.AveragePool", Sum, [Numbers([2, 3, 4, 4], 1)], "f32[2,3,7,8]", [.. pool, ("count_include_pad", count)]);
        }
    }
}
