using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Onnx;

/// <summary>
/// Turns core ops back into ONNX (docs/core-ops.md read backwards): attributes that are operands in ONNX become constants, targets of
/// Reshape and Expand are written out, results that ONNX lacks are computed. The module is valid ONNX for any number of samples.
/// </summary>
public static class CoreToOnnx
{
    /// <summary>Converts a forward region.</summary>
    /// <param name="core">The module that the region's values belong to, at level <c>core</c> or above.</param>
    /// <param name="forward">
    /// Forward ops. <c>pipe.Recv</c> results become inputs and operands of <c>pipe.Send</c> outputs, behind the region's own; values of other
    /// functions must be inputs.
    /// </param>
    /// <param name="parameters">Parameters and constants the region may read; those of <paramref name="core"/> are found without. Unused ones are left out.</param>
    /// <param name="name">The graph's name.</param>
    /// <returns>A module of level <c>onnx</c> with the names of the values kept, at the model's opset or the first one that has all the ops.</returns>
    /// <exception cref="DiagnosticException">GP1013: ops with no ONNX form, or shapes that do not follow from the inputs.</exception>
    public static Module Convert(Module core, Region forward, IReadOnlyList<Parameter> parameters, string name)
    {
        var bag = new DiagnosticBag();
        var region = WithoutUnusedStatistics(WithoutMessages(forward));
        long opset = RequiredOpsets.Of(region, core.Opsets.GetValueOrDefault("", OpsetRange.Oldest));
        var context = new ConversionContext(core, name, opset, bag);
        var inputs = region.Inputs.Select(context.Import).ToImmutableArray();
        context.ImportParameters(region, parameters);

        // Before the conversion makes names of its own: the region's values keep theirs.
        foreach (var result in region.Ops.SelectMany(op => op.Results))
            context.Import(result);
        context.BatchSource = region.Inputs;
        var converter = new OpConverter(context);
        foreach (var op in region.Ops)
            converter.Convert(op);
        var outputs = region.Outputs.Select(context.Find).ToImmutableArray();
        bag.ThrowIfErrors();
        return ModuleCleaner.Compact(context.Build(new Region("graph", inputs, context.TakeOps(), outputs)), _ => true);
    }

    // Mean and inverse standard deviation are for the backward; ONNX wants optional results left out.
    private static Region WithoutUnusedStatistics(Region region)
    {
        var used = region.AllOps().SelectMany(op => op.Operands.Concat(op.Regions.SelectMany(r => r.Outputs))).Concat(region.Outputs).ToHashSet();
        Op Trim(Op op)
        {
            if (!op.Is("LayerNormalization") && !op.Is("InstanceNormalization"))
                return op;
            var results = op.Results.Select((r, i) => i == 0 || used.Contains(r) ? r : ValueId.None).ToList();
            while (results.Count > 1 && results[^1].IsNone)
                results.RemoveAt(results.Count - 1);
            return op with { Results = [.. results] };
        }

        return region with { Ops = [.. region.Ops.Select(Trim)] };
    }

    // What comes from and goes to other stages are inputs and outputs of this one.
    private static Region WithoutMessages(Region region)
    {
        var received = region.Ops.Where(op => op.Is("pipe", "Recv")).SelectMany(op => op.Results);
        var sent = region.Ops.Where(op => op.Is("pipe", "Send")).SelectMany(op => op.Operands);
        return region with
        {
            Inputs = [.. region.Inputs.Concat(received).Distinct()],
            Outputs = [.. region.Outputs.Concat(sent).Where(v => !v.IsNone).Distinct()],
            Ops = [.. region.Ops.Where(op => op.Name is not { Domain: "pipe", Type: "Recv" or "Send" })],
        };
    }
}
