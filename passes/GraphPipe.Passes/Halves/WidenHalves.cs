using System.Collections.Frozen;
using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Gives every op on f16 and bf16 values f32 operands and rounds its results once, so that halves are what is stored and f32 is what is computed
/// with: PyTorch's kernels do the same (ATen, OpMathType.h).
/// <para>Needs and gives level onnx with known types. It runs before decomposition, so that an ONNX op is rounded once, whatever it is made of. Ops that
/// only move elements stay as they are. Each op has casts of its own: between two ops, and so between two stages, the value is a half. Small constants are
/// widened here. Ops that are not known stay, for <see cref="Decompose"/> to report. Example: with <c>%x : f16[N,8]</c>,
/// <c>%y = Relu(%x)</c> becomes <c>%x.f32 = Cast(%x)</c>, <c>%y.f32 = Relu(%x.f32)</c>, <c>%y = Cast(%y.f32) : f16[N,8]</c>.</para>
/// </summary>
public sealed class WidenHalves(OperatorRegistry registry) : IPass
{
    // Elements. Exponents, bounds, scales: what rules look into. Tables stay halves and are widened where they are read.
    private const long SmallConstant = 1024;

    // Those whose gradients move elements too, or add them up in f32 (Gather, Expand); those that look at the shape alone; and Cast, which rounds by itself.
    private static readonly FrozenSet<string> Movements = FrozenSet.ToFrozenSet(
    [
        "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Transpose", "Slice", "Split", "Concat", "DepthToSpace", "SpaceToDepth", "Gather", "Expand", "ConstantOfShape", "EyeLike", "Shape", "Size", "Cast", "CastLike",
    ]);

    public string Name => "widen-halves";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        if (!module.Values.Any(v => v.Tensor is { } type && type.Type.IsHalf()))
            return module;
        var builder = new ModuleBuilder(module);
        var emitter = new Emitter(builder, registry);
        var constants = module.Parameters.Where(p => p is { Role: ParameterRole.Constant, Data: { Count: <= SmallConstant } data } && data.Type.IsHalf()).ToDictionary(p => p.Value, p => p.Data!);
        var ops = ImmutableArray.CreateBuilder<Op>();
        foreach (var op in module.Graph.Ops)
        {
            if (!op.Operands.Concat(op.Results).Any(IsHalf) || registry[op.Name] is null || (op.Name.IsStandard && Movements.Contains(op.Name.Type)))
            {
                ops.Add(op);
                continue;
            }

            emitter.Location = op.Location;
            var widened = op.Operands.Where(IsHalf).Distinct().ToDictionary(o => o, Widened);
            var single = op.Results.Select(r => IsHalf(r) ? builder.AddValue(builder[r].Name + ".f32", builder.TensorOf(r) with { Type = DType.F32 }) : r).ToImmutableArray();
            emitter.Append(op with { Operands = [.. op.Operands.Select(o => widened.GetValueOrDefault(o, o))], Results = single });
            for (int i = 0; i < single.Length; i++)
            {
                if (single[i] != op.Results[i])
                    emitter.Append(new Op(builder.NextOpId(), OperatorName.Standard("Cast"), [single[i]], [op.Results[i]]) { Attributes = HalfCasts.To(builder.TensorOf(op.Results[i]).Type), Location = op.Location });
            }

            ops.AddRange(emitter.Take());
        }

        return builder.Build(module.Graph with { Ops = ops.ToImmutable() }, Level.Onnx);

        bool IsHalf(ValueId value) => !value.IsNone && module[value].Tensor is { } type && type.Type.IsHalf();

        ValueId Widened(ValueId half) => constants.TryGetValue(half, out var data)
            ? builder.Constant(ConstantMath.Unary(data, DType.F32, v => v)!, builder[half].Name + ".f32")
            : emitter.EmitTyped("Cast", [half], builder.TensorOf(half) with { Type = DType.F32 }, HalfCasts.To(DType.F32), builder[half].Name + ".f32");
    }
}
