using System.Collections.Frozen;
using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;

namespace GraphPipe.Compiler;

/// <summary>
/// A call as an ONNX model of its own, for devices that have no kernel for it (<see cref="KernelCall.OnnxModel"/>).
/// <para>The compiler knows no device, so the rule is docs/core-ops.md: the ops listed there, on f32 (casts and movements on f16 and bf16 too) and at most two spatial axes, are what every
/// device has kernels for; every other call of a standard op gets a model. Training keeps to the listed ops but for a few on whole numbers, so
/// models are rare.</para>
/// </summary>
internal static class OneOpModel
{
    /// <summary>Constants up to so many elements are built in: several operators of ONNX Runtime want theirs so.</summary>
    private const long BuiltIn = 64;

    /// <summary>The forward ops of docs/core-ops.md; a test keeps the two alike.</summary>
    public static readonly FrozenSet<string> Listed = FrozenSet.Create(
        StringComparer.Ordinal,
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "HardSwish", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh", "Not",
        "Celu", "Elu", "HardSigmoid", "LeakyRelu", "Selu", "ThresholdedRelu", "Shrink", "Swish", "Gelu", "Clip",
        "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mod", "PRelu", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor", "Where", "Cast",
        "MatMul", "Gemm", "Softmax", "LogSoftmax", "LayerNormalization", "InstanceNormalization", "Conv", "ConvTranspose", "Resize", "AveragePool", "MaxPool",
        "Gather", "GatherElements", "ScatterElements", "TopK", "Concat", "Split", "Slice", "Transpose", "Reshape", "Expand", "Tile", "Pad", "Trilu", "CumSum",
        "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp", "ArgMax", "ArgMin");

    /// <summary>The model's bytes; empty where every device has a kernel, or where the op has no ONNX form.</summary>
    public static ReadOnlyMemory<byte> Of(Module module, Op op, IReadOnlyDictionary<ValueId, Parameter> parameters)
    {
        if (!op.Name.IsStandard || !op.Regions.IsEmpty || HasKernelEverywhere(module, op))
            return default;
        var values = ImmutableArray.CreateBuilder<ValueInfo>();
        var inputs = ImmutableArray.CreateBuilder<ValueId>();
        var constants = ImmutableArray.CreateBuilder<Parameter>();
        var operands = op.Operands.Select((o, i) => Add(o, $"x{i}")).ToImmutableArray();
        for (int i = 0; i < operands.Length; i++)
        {
            if (operands[i].IsNone)
                continue;
            if (parameters.GetValueOrDefault(op.Operands[i]) is { Role: ParameterRole.Constant, Data: { Count: <= BuiltIn } data })
                constants.Add(new Parameter(operands[i], ParameterRole.Constant, data));
            else
                inputs.Add(operands[i]);
        }

        var results = op.Results.Select((r, i) => Add(r, $"y{i}")).ToImmutableArray();
        var region = new Region("graph", inputs.ToImmutable(), [op with { Operands = operands, Results = results }], [.. results.Where(r => !r.IsNone)]);
        var alone = new Module { Name = op.Name.Type, Level = Level.Core, Opsets = module.Opsets, Values = values.ToImmutable(), Parameters = constants.ToImmutable(), Graph = region };
        try
        {
            return OnnxExport.Write(CoreToOnnx.Convert(alone, region, alone.Parameters, alone.Name));
        }
        catch (DiagnosticException)
        {
            return default; // Then a device without a kernel says so.
        }

        ValueId Add(ValueId source, string name)
        {
            if (source.IsNone)
                return source;
            values.Add(new ValueInfo(name, module.TensorOf(source) with { Batch = null }));
            return new ValueId(values.Count - 1);
        }
    }

    private static bool HasKernelEverywhere(Module module, Op op)
    {
        if (!Listed.Contains(op.Name.Type))
            return false;
        var types = op.Operands.Concat(op.Results).Where(v => !v.IsNone).Select(module.TensorOf).ToList();
        bool isSpatial = op.Name.Type is "Conv" or "AveragePool" or "MaxPool";
        return types.Exists(t => t.Type.Wide() == DType.F32)
            && types.TrueForAll(t => t.Type.Wide() is DType.F32 or DType.I64 or DType.I32 or DType.Bool)
            && (!isSpatial || types[0].Rank <= 4);
    }
}
