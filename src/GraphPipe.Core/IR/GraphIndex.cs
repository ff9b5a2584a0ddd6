namespace GraphPipe.Core;

/// <summary>A use of a value: operand <see cref="Index"/> of <see cref="Op"/>.</summary>
public readonly record struct Use(Op Op, int Index);

/// <summary>Producers and uses of the values of one region, computed once in O(ops).</summary>
public sealed class GraphIndex
{
    private readonly Op?[] _producers;
    private readonly List<Use>?[] _uses;
    private readonly HashSet<ValueId> _outputs;

    public GraphIndex(Module module, Region region)
    {
        _producers = new Op?[module.Values.Length];
        _uses = new List<Use>?[module.Values.Length];
        _outputs = [.. region.Outputs];
        foreach (var op in region.Ops)
        {
            foreach (var result in op.Results)
            {
                if (!result.IsNone)
                    _producers[result.Index] = op;
            }

            for (int i = 0; i < op.Operands.Length; i++)
            {
                if (!op.Operands[i].IsNone)
                    (_uses[op.Operands[i].Index] ??= []).Add(new Use(op, i));
            }

            // What a nested region reads from outside, its op reads.
            foreach (var inner in op.Regions.SelectMany(r => r.AllOps()))
            {
                foreach (var operand in inner.Operands)
                {
                    if (!operand.IsNone)
                        (_uses[operand.Index] ??= []).Add(new Use(op, -1));
                }
            }

            foreach (var operand in op.Regions.SelectMany(r => r.Outputs))
                (_uses[operand.Index] ??= []).Add(new Use(op, -1));
        }
    }

    /// <summary>The op that makes the value; null for inputs, parameters and values of other regions.</summary>
    public Op? Producer(ValueId value) => value.IsNone ? null : _producers[value.Index];

    /// <summary>All uses, in the order of the ops; <see cref="Use.Index"/> is -1 for a use inside a nested region.</summary>
    public IReadOnlyList<Use> Uses(ValueId value) => value.IsNone ? [] : _uses[value.Index] ?? (IReadOnlyList<Use>)[];

    public bool IsOutput(ValueId value) => _outputs.Contains(value);
}
