using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Computes what does not depend on inputs or trained parameters, and whole numbers that follow from shapes alone.
/// <para>Needs level onnx. Ops with constant operands disappear; their results become constants under the same name. Example:
/// <c>%s = Shape(%x)</c> with <c>%x : f32[N,8]</c>, <c>%d = Gather(%s, 1)</c> makes <c>@d : i64[] = {8}</c>, while an N stays for
/// <see cref="ResolveOperands"/>.</para>
/// </summary>
public sealed class FoldConstants(OperatorRegistry registry) : IPass
{
    public string Name => "fold-constants";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var facts = ShapeFacts.Infer(module, registry, diagnostics);
        var constants = module.Parameters.Where(p => p is { Role: ParameterRole.Constant, Data: not null }).ToDictionary(p => p.Value, p => p.Data!);
        var added = new List<Parameter>();
        var ops = ImmutableArray.CreateBuilder<Op>();
        foreach (var op in module.Graph.Ops)
        {
            if (Fold(op, facts, constants) is not { } results)
            {
                ops.Add(op);
                continue;
            }

            for (int i = 0; i < results.Length; i++)
            {
                if (op.Results[i].IsNone)
                    continue;
                constants[op.Results[i]] = results[i];
                added.Add(new Parameter(op.Results[i], ParameterRole.Constant, results[i]));
            }
        }

        var values = module.Values.ToBuilder();
        foreach (var parameter in added)
            values[parameter.Value.Index] = values[parameter.Value.Index] with { Type = new TensorType(parameter.Data!.Type, Shape.Of(parameter.Data.Shape.AsSpan())) };
        return module with
        {
            Values = values.ToImmutable(),
            Parameters = [.. module.Parameters, .. added],
            Graph = module.Graph with { Ops = ops.ToImmutable() },
        };
    }

    private ImmutableArray<TensorData>? Fold(Op op, ShapeFacts facts, Dictionary<ValueId, TensorData> constants)
    {
        if (op.Results.All(r => !r.IsNone && facts[r] is { Type: { Type: DType.I64 or DType.I32 or DType.Bool, Shape.IsStatic: true }, Content: { } content } && content.All(d => d.IsConstant)) && op.Results.Length == 1)
        {
            var type = facts[op.Result].Type!;
            ImmutableArray<long> shape = [.. type.KnownShape.Select(d => d.Constant!.Value)];
            long[] numbers = [.. facts[op.Result].Content!.Value.Select(d => d.Constant!.Value)];
            if (TensorData.CountOf(shape) == numbers.Length)
                return [ConstantMath.FromLongs(type.Type, shape, numbers)!];
        }

        if (op.Regions.Length > 0 || registry[op.Name] is not { } described || op.Operands.Any(o => !o.IsNone && !constants.ContainsKey(o)))
            return null;
        // The types were inferred before the operands became constants, so ask again with their contents.
        var context = new InferenceContext(
            op,
            [.. op.Operands.Select(o => o.IsNone ? default : new ValueFacts(new TensorType(constants[o].Type, Shape.Of(constants[o].Shape.AsSpan())), ShapeFacts.ContentOf(constants[o]), constants[o]))],
            () => Dim.Symbol("?"));
        described.Infer(context);
        if (context.Failure is not null)
            return null;
        return described.Fold(new FoldContext(op, [.. op.Operands.Select(o => o.IsNone ? null : constants[o])], [.. op.Results.Select((_, i) => context.ResultType(i))]));
    }
}
