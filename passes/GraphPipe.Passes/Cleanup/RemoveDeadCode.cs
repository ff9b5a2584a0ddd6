using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Drops ops whose results nobody reads, and constants without readers; renumbers the values.
/// <para>Needs and gives the same level. Ops without results (updates, sends) stay; parameters stay even without readers, since the user
/// may look for them. Example: the Shape and Gather chain behind a resolved Reshape disappears.</para>
/// </summary>
public sealed class RemoveDeadCode(Level level) : IPass
{
    public string Name => "remove-dead-code";

    public Level From => level;

    public Level To => level;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var live = new HashSet<ValueId>(module.Graph.Outputs);
        if (module.Loss is { Value.IsNone: false } loss)
            live.Add(loss.Value);
        var kept = new List<Op>();
        foreach (var op in module.Graph.Ops.Reverse())
        {
            if (op.Results.Length > 0 && !op.Results.Any(live.Contains))
                continue;
            kept.Add(op);
            live.UnionWith(op.Operands);
            foreach (var inner in op.Regions.SelectMany(r => r.AllOps()))
                live.UnionWith(inner.Operands);
            foreach (var region in op.Regions)
                live.UnionWith(region.Outputs);
        }

        kept.Reverse();
        return ModuleCleaner.Compact(module with { Graph = module.Graph with { Ops = [.. kept] } }, p => p.Role != ParameterRole.Constant);
    }
}
