using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Puts the taken branch in the place of an If whose condition follows from shapes and constants: exporters ask so whether a dimension has
/// length 1 (squeeze), or whether there is anything to pick.
/// </summary>
internal static class Branches
{
    /// <summary>The module without the Ifs that can be decided; those inside a taken branch are looked at too.</summary>
    public static Module Inline(Module module, OperatorRegistry registry)
    {
        while (module.Graph.Ops.Any(op => op.Is("If")))
        {
            var facts = ShapeFacts.Infer(module, registry, new DiagnosticBag());
            var ops = ImmutableArray.CreateBuilder<Op>();
            int next = new ModuleBuilder(module).NextOpId().Index;
            bool changed = false;
            foreach (var op in module.Graph.Ops)
            {
                if (op.Is("If") && Taken(op, facts[op.Operands[0]]) is { } branch)
                {
                    ops.AddRange(Renamed(op, branch, () => new OpId(next++)));
                    changed = true;
                }
                else
                {
                    ops.Add(op);
                }
            }

            if (!changed)
                return module;
            module = module with { Graph = module.Graph with { Ops = ops.ToImmutable() } };
        }

        return module;
    }

    private static Region? Taken(Op op, ValueFacts condition)
    {
        long? value = condition.Constant is { Count: 1 } constant ? constant.LongAt(0) : condition.Content is [var dim] ? dim.Constant : null;
        return value is null ? null : op.Regions.FirstOrDefault(r => r.Name == (value != 0 ? "then_branch" : "else_branch"));
    }

    // The branch's ops write the If's results; a result that comes from outside the branch, or for the second time, is a copy.
    private static IEnumerable<Op> Renamed(Op op, Region branch, Func<OpId> nextId)
    {
        var made = branch.Ops.SelectMany(o => o.Results).ToHashSet();
        var renamed = new Dictionary<ValueId, ValueId>();
        var copies = new List<Op>();
        for (int i = 0; i < op.Results.Length; i++)
        {
            var (result, output) = (op.Results[i], branch.Outputs[i]);
            if (result.IsNone || (made.Contains(output) && renamed.TryAdd(output, result)))
                continue;
            copies.Add(new Op(nextId(), OperatorName.Standard("Identity"), [output], [result]) { Location = op.Location });
        }

        ValueId To(ValueId id) => renamed.GetValueOrDefault(id, id);
        return ModuleCleaner.Remap(branch with { Ops = [.. branch.Ops, .. copies] }, To).Ops;
    }
}
