using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Computes what does not depend on inputs or trained parameters, and whole numbers that follow from shapes alone; of an If that these decide, the taken
/// branch remains.
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
        module = Branches.Inline(module, registry);
        var facts = ShapeFacts.Infer(module, registry, diagnostics);
        var added = new List<Parameter>();
        var ops = ImmutableArray.CreateBuilder<Op>();
        foreach (var op in module.Graph.Ops)
        {
            if (op.Results.IsEmpty || op.Results.Any(r => !r.IsNone && facts[r].Constant is null))
                ops.Add(op);
            else
                added.AddRange(op.Results.Where(r => !r.IsNone).Select(r => new Parameter(r, ParameterRole.Constant, facts[r].Constant!)));
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
}
