using GraphPipe.Bundle;
using static GraphPipe.Tests.Cuda.Runtime.KernelCase;

namespace GraphPipe.Tests.Cuda.Runtime;

// Ops that depend on the order along an axis, on indices, or on borders.
internal static partial class KernelCases
{
    private static IEnumerable<KernelCase> Lines()
    {
        // Seven values again and again: many are equal.
        var ties = TensorData.Floats([3, 11, 2], [.. Enumerable.Range(0, 66).Select(i => (float)(i * 5 % 7))]);
        var withNan = TensorData.Floats([2, 5], 1, float.NaN, 3, float.NaN, 2, -1, -5, float.NegativeInfinity, 4, 4);
        foreach (string name in (string[])["ArgMax", "ArgMin"])
        {
            yield return Case(name, Same, [Numbers([4, 33, 3], 1)], "i64[4,1,3]", ("axis", 1L));
            foreach (long last in (long[])[0, 1])
            {
                yield return Case(name, Same, [ties], "i64[3,2]", ("axis", 1L), ("keepdims", 0L), ("select_last_index", last));
                yield return Case(name, Same, [withNan], "i64[2,1]", ("axis", -1L), ("select_last_index", last));
            }
        }

        foreach (long largest in (long[])[0, 1])
        {
            yield return TopK(Numbers([4, 33, 3], 1), 1, 5, largest, "[4,5,3]");
            yield return TopK(ties, 1, 11, largest, "[3,11,2]");
            yield return TopK(withNan, -1, 4, largest, "[2,4]");
            yield return TopK(ties, 0, 1, largest, "[1,11,2]");
        }

        foreach (string name in (string[])["CumSum", "grad.CumSum"])
        {
            foreach (long flags in (long[])[0, 1, 2, 3])
            {
                yield return Case(name, Same, [Numbers([3, 17, 5], 1)], "f32[3,17,5]", ("axis", 1L), ("exclusive", flags & 1), ("reverse", flags >> 1));
                yield return Case(name, Same, [Numbers([131], 1)], "f32[131]", ("axis", 0L), ("exclusive", flags & 1), ("reverse", flags >> 1));
            }
        }

        yield return Case("CumSum", Same, [Whole([3, 4])], "i64[3,4]", ("axis", -1L));
        yield return Case("CumSum", Same, [TensorData.Of<int>(DType.I32, [5], [1, 2, -3, 4, 5])], "i32[5]", ("exclusive", 1L));
        yield return Case("CumSum", Same, [Numbers([0, 4])], "f32[0,4]", ("axis", 1L));
    }

    private static IEnumerable<KernelCase> Indexing()
    {
        var rows = TensorData.Longs([4, 3], 0, -1, 2, 2, 2, 2, 5, 0, 1, -6, 3, 0);
        var narrow = TensorData.Of<int>(DType.I32, [2, 2, 5], [.. Enumerable.Range(0, 20).Select(i => i * 3 % 7 - 3)]);
        yield return Case("GatherElements", Same, [Numbers([6, 3], 1), rows], "f32[4,3]", ("axis", 0L));
        yield return Case("GatherElements", Same, [Whole([2, 4, 7], 1), narrow], "i64[2,2,5]", ("axis", -1L));
        yield return Case("GatherElements", Same, [Bools(6, 3), rows], "bool[4,3]");
        yield return Case("GatherElements", Same, [Numbers([6, 3], 1), TensorData.Longs([0, 3])], "f32[0,3]");
        yield return Case("grad.GatherElements", Same, [Numbers([4, 3], 2), rows], "f32[6,3]", ("axis", 0L));
        yield return Case("grad.GatherElements", Same, [Numbers([2, 2, 5], 2), narrow], "f32[2,4,7]", ("axis", 2L));
        foreach (string reduction in (string[])["none", "add", "mul", "max", "min"])
        {
            yield return Case("ScatterElements", Same, [Numbers([6, 3], 1), rows, Numbers([4, 3], 2)], "f32[6,3]", ("reduction", reduction));
            yield return Case("ScatterElements", Same, [Numbers([2, 4, 7], 1), narrow, Numbers([2, 2, 5], 2)], "f32[2,4,7]", ("axis", 2L), ("reduction", reduction));
        }

        yield return Case("ScatterElements", Same, [Whole([6, 3], 1), rows, Whole([4, 3], 2)], "i64[6,3]");
    }

    private static IEnumerable<KernelCase> Borders()
    {
        foreach (string mode in (string[])["constant", "edge", "reflect", "wrap"])
        {
            (string, AttributeValue)[] pads = [("mode", mode), ("pads", Ints(1, 2, 0, -1))];
            yield return Case("Pad", Same, [Numbers([3, 4])], "f32[4,5]", pads);
            yield return Case("grad.Pad", Same, [Numbers([4, 5])], "f32[3,4]", pads);
            (string, AttributeValue)[] wide = [("mode", mode), ("pads", Ints(0, 7, 2, 0, 9, 3))];
            yield return Case("Pad", Same, [Whole([2, 4, 3])], "i64[2,20,8]", wide);
            yield return Case("grad.Pad", Same, [Numbers([2, 20, 8])], "f32[2,4,3]", wide);
        }

        yield return Case("Pad", Same, [Whole([3])], "i64[6]", ("pads", Ints(2, 1)), ("value", -7f));
        yield return Case("Pad", Same, [Bools(3)], "bool[5]", ("pads", Ints(1, 1)), ("value", 1f));
        foreach (long upper in (long[])[0, 1])
        {
            foreach (long k in (long[])[-2, 0, 1, 9])
                yield return Case("Trilu", Same, [Numbers([2, 4, 5], 1)], "f32[2,4,5]", ("upper", upper), ("k", k));
        }

        yield return Case("Trilu", Same, [Bools(5, 3)], "bool[5,3]");
        foreach (string mode in (string[])["nearest", "linear", "cubic"])
        {
            foreach (var (length, size) in ((int, int)[])[(5, 11), (11, 5), (4, 1)])
            {
                (string, AttributeValue)[] resize = [("axis", 1L), ("mode", mode), ("antialias", length > 5 ? 1L : 0L)];
                yield return Case("Resize", Same, [Numbers([2, length, 3], 1)], $"f32[2,{size},3]", resize);
                yield return Case("grad.Resize", Same, [Numbers([2, size, 3], 1)], $"f32[2,{length},3]", resize);
                yield return Case("Resize", Same, [Numbers([2, length], 1)], $"f32[2,{size}]", resize);
            }
        }
    }

    private static IEnumerable<KernelCase> Twice()
    {
        (string, AttributeValue)[] middle = [("axes", Ints(1)), ("keepdims", 0L)], outer = [("axes", Ints(0, 2)), ("keepdims", 1L)];
        yield return Case("ReduceLogSumExp", Function, [Numbers([3, 5, 7], 1, -90, 90)], "f32[3,7]", middle);
        yield return Case("ReduceLogSumExp", Function, [Numbers([9, 2, 301], 1, -3, 3)], "f32[1,2,1]", outer);
        yield return Case("ReduceLogSumExp", Function, [TensorData.Floats([2, 2], float.NegativeInfinity, float.NegativeInfinity, float.PositiveInfinity, 1)], "f32[2,1]", ("axes", Ints(1)));
        foreach (string name in (string[])["grad.ReduceMax", "grad.ReduceMin"])
        {
            // The extremum twice in the first line, nowhere in the second.
            var x = TensorData.Floats([2, 3], 4, 1, 4, 7, 8, 9);
            yield return Case(name, Same, [Numbers([2], 1), x, TensorData.Floats([2], 4, 5)], "f32[2,3]", middle);
            yield return Case(name, Same, [Numbers([1, 2, 1], 1), Numbers([9, 2, 301], 1), Numbers([1, 2, 1], 1)], "f32[9,2,301]", outer);
        }

        yield return Case("grad.ReduceProd", Function, [Numbers([3, 7], 1), Numbers([3, 5, 7], 2, 0.5f, 1.5f)], "f32[3,5,7]", middle);
        yield return Case("grad.ReduceProd", Function, [Numbers([3, 1], 1), TensorData.Floats([3, 4], 1, 2, 3, 4, 1, 0, 3, 4, 0, 2, 0, 4)], "f32[3,4]", ("axes", Ints(1)));
        foreach (string name in (string[])["ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin"])
        {
            yield return Case(name, Same, [Whole([3, 5, 7], 1)], "i64[3,7]", middle);
            yield return Case(name, Same, [TensorData.Of<int>(DType.I32, [2, 3], [5, -7, 2, 100, 50, -1])], "i32[2,1]", ("axes", Ints(1)));
            yield return Case(name, Same, [TensorData.Longs([0, 2])], "i64[2]", ("axes", Ints(0)), ("keepdims", 0L));
        }
    }

    private static KernelCase TopK(TensorData x, long axis, long k, long largest, string shape) => new(
        "TopK", [x], [$"f32{shape}", $"i64{shape}"], Same, Attributes.Empty.With("axis", axis).With("k", k).With("largest", largest));
}
