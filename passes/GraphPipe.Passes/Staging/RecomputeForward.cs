using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Lets stages make their activations again instead of keeping them.
/// <para>Needs and gives level staged. In front of the backward of each given stage stand copies of those of its forward ops whose results the
/// backward reads, and of what these read in turn; the backward reads the copies. So nothing of the forward outlives it but what comes in:
/// values of other stages, inputs, targets. The same ops on the same operands give the same bits. Forward ops that only the backward read go.
/// Example: with <c>%y = Relu(%x)</c> and <c>%dx = grad.Relu(%dy, %y)</c> on such a stage, the backward becomes <c>%y_1 = Relu(%x)</c>,
/// <c>%dx = grad.Relu(%dy, %y_1)</c>.</para>
/// </summary>
/// <param name="stages">The stages that recompute.</param>
public sealed class RecomputeForward(ImmutableHashSet<StageId> stages) : IPass
{
    public string Name => "recompute-forward";

    public Level From => Level.Staged;

    public Level To => Level.Staged;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        if (stages.IsEmpty)
            return module;
        var builder = new ModuleBuilder(module);
        var index = new GraphIndex(module, module.Graph);
        var needed = Needed(module, index);
        var copies = new Dictionary<(StageId, ValueId), ValueId>();
        var begun = new HashSet<StageId>();
        var ops = new List<Op>(module.Graph.Ops.Length);
        foreach (var op in module.Graph.Ops)
        {
            var stage = op.Stage!.Value;
            if (!IsBackward(op) || !stages.Contains(stage))
            {
                ops.Add(op);
                continue;
            }

            if (begun.Add(stage))
                ops.AddRange(module.Graph.Ops.Where(o => o.Stage == stage && needed.Contains(o.Id)).Select(Copy));
            ops.Add(op with { Operands = Operands(op) });
        }

        return builder.Build(module.Graph with { Ops = WithoutUnread(module, ops) }, Level.Staged);

        ImmutableArray<ValueId> Operands(Op op) => [.. op.Operands.Select(o => copies.GetValueOrDefault((op.Stage!.Value, o), o))];

        Op Copy(Op op)
        {
            var operands = Operands(op);
            var results = op.Results.Select(r => r.IsNone ? r : builder.AddValue(builder[r].Name, builder[r].Type)).ToImmutableArray();
            for (int i = 0; i < results.Length; i++)
                copies[(op.Stage!.Value, op.Results[i])] = results[i];
            return op with { Id = builder.NextOpId(), Operands = operands, Results = results, Phase = Phase.BackwardInput };
        }
    }

    private static bool IsBackward(Op op) => op.Phase is Phase.BackwardInput or Phase.BackwardWeight;

    // The forward ops of each stage that its backward reads, at whatever remove. What other stages made is received, not made again.
    private HashSet<OpId> Needed(Module module, GraphIndex index)
    {
        var needed = new HashSet<OpId>();
        var open = new Stack<Op>(module.Graph.Ops.Where(op => IsBackward(op) && stages.Contains(op.Stage!.Value)));
        while (open.TryPop(out var reader))
        {
            foreach (var operand in reader.Operands)
            {
                if (index.Producer(operand) is { Phase: Phase.Forward or Phase.Loss } producer && producer.Stage == reader.Stage && needed.Add(producer.Id))
                    open.Push(producer);
            }
        }

        return needed;
    }

    // The forward without ops that have lost their readers: those for the backward alone.
    private ImmutableArray<Op> WithoutUnread(Module module, List<Op> ops)
    {
        var read = new HashSet<ValueId>(module.Graph.Outputs);
        var kept = new List<Op>(ops.Count);
        foreach (var op in Enumerable.Reverse(ops))
        {
            if (op.Phase == Phase.Forward && stages.Contains(op.Stage!.Value) && !op.Results.Any(read.Contains))
                continue;
            kept.Add(op);
            read.UnionWith(op.Operands);
            foreach (var region in op.Regions)
            {
                read.UnionWith(region.AllOps().SelectMany(o => o.Operands));
                read.UnionWith(region.Outputs);
            }
        }

        kept.Reverse();
        return [.. kept];
    }
}
