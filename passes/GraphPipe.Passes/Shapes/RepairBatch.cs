using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Makes a batch size that the exporter burnt in a symbol again.
/// <para>Needs and gives level onnx. Does nothing where an input has N. Otherwise, if all inputs agree on the length b of their first axis, that axis becomes
/// N, and so does the factor b in the targets of Reshape and Expand: in each target there must be exactly one place where it can be, so that
/// the op is unchanged for N = b; and, where sizes do not fit then, in the first axis of what Expand made from a single sample. That samples stay apart is then proved by <see cref="MarkBatchAxis"/>. Where the inputs do not agree, or a target has
/// no such place, the model is explained (GP4006). Example: with b = 8, <c>Reshape(%x, [8, 12, 64])</c> gives <c>f32[N,12,64]</c>.</para>
/// </summary>
public sealed class RepairBatch(OperatorRegistry registry) : IPass
{
    private const string Advice = "export the model with a dynamic first axis (torch.onnx.export: dynamic_axes, or dynamic_shapes)";

    public string Name => "repair-batch";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var inputs = module.Graph.Inputs.Where(i => module[i].Tensor is { Shape.Rank: > 0 }).ToList();
        if (inputs.Count == 0 || inputs.Exists(i => module[i].Tensor!.KnownShape.Contains(Dim.BatchSymbol)))
            return module;
        var sizes = inputs.Select(i => module[i].Tensor!.KnownShape[0]).Distinct().ToList();
        if (sizes.Count != 1 || sizes[0].Constant is not { } batch)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.BatchBurntIn, "the batch size is fixed in the file, and the inputs do not agree on it", $"inputs {string.Join(", ", inputs.Select(i => $"\"{module[i].Name}\" {module[i].Tensor!.Shape}"))}", Advice));
            return module;
        }

        var values = module.Values.ToBuilder();
        foreach (var input in inputs)
            values[input.Index] = values[input.Index] with { Type = values[input.Index].Tensor! with { Shape = values[input.Index].Tensor!.KnownShape.With(0, Dim.Batch) } };
        // Types in the file are for the old size.
        foreach (var result in module.Graph.Ops.SelectMany(op => op.Results).Where(r => !r.IsNone))
            values[result.Index] = values[result.Index] with { Type = null };
        diagnostics.Add(Diagnostic.Note(Codes.BatchBurntIn, $"the batch size {batch} that is fixed in the file was made a symbol again"));
        return Targets(module with { Values = values.ToImmutable() }, batch, diagnostics);
    }

    private Module Targets(Module module, long batch, DiagnosticBag diagnostics)
    {
        var done = new HashSet<OpId>();
        while (true)
        {
            var conflicts = new DiagnosticBag();
            var facts = ShapeFacts.Infer(module, registry, conflicts);
            var next = module.Graph.Ops.FirstOrDefault(op => !done.Contains(op.Id) && NeedsRepair(op, facts, batch))
                ?? (conflicts.HasErrors ? module.Graph.Ops.FirstOrDefault(op => !done.Contains(op.Id) && Expanded(op, facts, batch) is not null) : null);
            if (next is null)
            {
                // Constants of the old size, for instance a first state [8,64]: they can't become N.
                diagnostics.AddRange(conflicts.All.Select(c => Diagnostic.Error(Codes.BatchBurntIn, $"the batch size {batch} is fixed in the file beyond repair: {c.Message}", c.Location, Advice)));
                return module;
            }

            done.Add(next.Id);
            var from = facts[next.Operands[0]].Type!.KnownShape;
            if ((next.Is("Expand") ? Expanded(next, facts, batch) : Repaired(next, from, facts[next.Operands[1]].Content!.Value, batch)) is not { } target)
            {
                diagnostics.Add(Diagnostic.Error(Codes.BatchBurntIn, $"the batch size {batch} is fixed in the target of {next.Name}, and where it belongs is not clear", next.Location.ToString(), Advice));
                return module;
            }

            module = module with
            {
                Values = module.Values.SetItem(next.Result.Index, module.Values[next.Result.Index] with { Type = new TensorType(facts[next.Operands[0]].Type!.Type, target) }),
                Graph = module.Graph with { Ops = [.. module.Graph.Ops.Select(op => op.Id == next.Id ? op with { Operands = [op.Operands[0]] } : op)] },
            };
        }
    }

    private static bool NeedsRepair(Op op, ShapeFacts facts, long batch) =>
        op.Is("Reshape") && op.Operands.Length == 2
        && facts[op.Operands[0]].Type?.Shape is { } from && from.Contains(Dim.BatchSymbol)
        && facts[op.Operands[1]].Content is { } target && target.All(d => d.IsConstant)
        && target.Any(d => d.Constant > 0 && d.Constant % batch == 0)
        && !(target.Any(d => d.Constant == -1) && batch == 1);

    // A class token [1,1,64] that was expanded to [8,1,64] for a batch of 8. Only asked where sizes do not fit, since 8 may be something else.
    private static Shape? Expanded(Op op, ShapeFacts facts, long batch)
    {
        if (!op.Is("Expand") || op.Operands.Length != 2 || facts[op.Operands[0]].Type?.Shape is not { } from || facts[op.Operands[1]].Content is not { } target)
            return null;
        int rank = Math.Max(from.Rank, target.Length);
        var dims = Enumerable.Range(0, rank).Select(i => i < rank - target.Length ? Dim.One : target[i - (rank - target.Length)]).ToArray();
        if (dims[0].Constant != batch || !dims.All(d => d.Constant > 0))
            return null;
        dims[0] = Dim.Batch;
        for (int i = 0; i < rank; i++)
        {
            var own = i < rank - from.Rank ? Dim.One : from[i - (rank - from.Rank)];
            if (dims[i].Constant == 1)
                dims[i] = own;
            else if (own != dims[i] && own.Constant != 1)
                return null;
        }

        return Shape.Create(dims);
    }

    private static Shape? Repaired(Op op, Shape from, ImmutableArray<Dim> target, long batch)
    {
        // The target as numbers for the old size.
        long total = from.Elements.At(batch);
        var fixedDims = target.Select((d, i) => d.Constant == 0 && op.Attributes.Int("allowzero", 0) == 0 && i < from.Rank ? from[i].At(batch) : d.Constant!.Value).ToArray();
        int open = Array.IndexOf(fixedDims, -1);
        if (open >= 0)
        {
            long known = fixedDims.Where(d => d != -1).Aggregate(1L, (a, b) => a * b);
            fixedDims[open] = known == 0 ? 0 : total / known;
        }

        if (fixedDims.Aggregate(1L, (a, b) => a * b) != total)
            return null;
        var places = Enumerable.Range(0, fixedDims.Length).Where(i => fixedDims[i] % batch == 0 && fixedDims[i] > 0).Select(i => With(fixedDims, i, batch)).Where(s => s.Elements == from.Elements).ToList();
        // Several places fit where other sizes are multiples of b: then the one that keeps the samples along one axis.
        var apart = places.Where(s => Layout(from) is { } layout && BatchRules.Reshape(layout, from, s) is not null).ToList();
        return places.Count == 1 ? places[0] : apart.Count == 1 ? apart[0] : null;
    }

    private static Shape With(long[] dims, int place, long batch) => Shape.Create([.. dims.Select((d, i) => i == place ? Dim.Batch * (d / batch) : Dim.Of(d))]);

    private static BatchLayout? Layout(Shape shape) => BatchRules.FromShape(shape);
}
