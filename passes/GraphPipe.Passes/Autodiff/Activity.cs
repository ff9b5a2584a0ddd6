using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>Which values need a gradient: those that depend on a trained parameter and that the loss depends on, in floating point all the way.</summary>
public sealed class Activity
{
    private readonly HashSet<ValueId> _active;
    private readonly HashSet<ValueId> _data;

    private Activity(HashSet<ValueId> active, HashSet<ValueId> data)
    {
        _active = active;
        _data = data;
    }

    public bool IsActive(ValueId value) => !value.IsNone && _active.Contains(value);

    /// <summary>False for values that follow from parameters and constants alone: their gradients make nobody wait.</summary>
    public bool DependsOnData(ValueId value) => _data.Contains(value);

    public static Activity Of(Module module)
    {
        var trained = module.Parameters.Where(p => p.Role == ParameterRole.Trained).Select(p => p.Value).ToHashSet();
        var data = module.Graph.Inputs.ToHashSet();
        foreach (var op in module.Graph.Ops)
        {
            bool fromTrained = op.Operands.Any(o => trained.Contains(o) && IsDifferentiable(op, o));
            bool fromData = op.Operands.Any(data.Contains);
            foreach (var result in op.Results)
            {
                if (result.IsNone)
                    continue;
                if (fromTrained && module[result].Tensor is { } type && type.Type.IsFloat())
                    trained.Add(result);
                if (fromData)
                    data.Add(result);
            }
        }

        var useful = new HashSet<ValueId>();
        if (module.Loss is { } loss)
            useful.Add(loss.Value);
        foreach (var op in module.Graph.Ops.Reverse())
        {
            if (!op.Results.Any(useful.Contains))
                continue;
            foreach (var operand in op.Operands)
            {
                if (IsDifferentiable(op, operand))
                    useful.Add(operand);
            }
        }

        trained.IntersectWith(useful);
        return new Activity(trained, data);
    }

    // Functions that are flat almost everywhere let no gradient through.
    private static bool IsDifferentiable(Op op, ValueId operand) => !operand.IsNone && !(op.Is("Ceil") || op.Is("Floor") || op.Is("Round") || op.Is("Sign"));
}
