using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// A loss that the model computes itself, if it can be taken per micro-batch: a scalar that is linear in means over the samples, or in sums over
/// them. A mean is weighted by the micro-batch's share of the samples, a sum is added up. What does not depend on samples may multiply or divide
/// either, and may be added to a mean (the shares add up to one) but not to a sum (it would count once per micro-batch).
/// </summary>
public sealed class ModelLoss
{
    private readonly GraphIndex _index;
    private readonly Module _module;
    private readonly HashSet<OpId> _reductions = [];
    private readonly Dictionary<ValueId, bool> _dependsOnSamples = [];

    private ModelLoss(Module module)
    {
        _module = module;
        _index = new GraphIndex(module, module.Graph);
    }

    private enum Part
    {
        /// <summary>The same for every micro-batch.</summary>
        Fixed,
        Mean,
        Sum,
    }

    /// <summary>The reductions over the samples, which are no mixing of samples; empty if the loss can't be taken per micro-batch.</summary>
    public IReadOnlySet<OpId> Reductions => _reductions;

    /// <summary>How micro-batches' losses become the mini-batch's; null if they can't.</summary>
    public LossNormaliser? Normaliser { get; private set; }

    /// <returns>Null if the loss is not the model's own, or there is no such output.</returns>
    public static ModelLoss? Of(Module module, TrainingGoal goal)
    {
        if (goal.Loss != LossKind.Output || goal.OutputOf(module) is not { } output)
            return null;
        var loss = new ModelLoss(module);
        if (loss.PartOf(output) is { } part)
            loss.Normaliser = part == Part.Sum ? LossNormaliser.Sum : LossNormaliser.Samples;
        else
            loss._reductions.Clear();
        return loss;
    }

    private Part? PartOf(ValueId value)
    {
        if (!DependsOnSamples(value))
            return Part.Fixed;
        if (_index.Producer(value) is not { } op)
            return null;
        if (op.Is("ReduceMean") || op.Is("ReduceSum"))
        {
            if (!HasSamples(op.Operands[0]))
                return PartOf(op.Operands[0]);
            if (HasSamples(value))
                return null;
            _reductions.Add(op.Id);
            return op.Is("ReduceMean") ? Part.Mean : Part.Sum;
        }

        // A cast between floats only rounds.
        if (op.Is("Neg") || op.Is("Reshape") || (op.Is("Cast") && _module.TensorOf(value).Type.IsFloat()))
            return HasSamples(op.Operands[0]) ? null : PartOf(op.Operands[0]);
        if (op.Operands.Length != 2 || op.Operands.Any(HasSamples))
            return null;
        if (op.Is("Div"))
            return DependsOnSamples(op.Operands[1]) ? null : PartOf(op.Operands[0]);
        var (a, b) = (PartOf(op.Operands[0]), PartOf(op.Operands[1]));
        if (op.Is("Mul"))
            return a == Part.Fixed ? b : b == Part.Fixed ? a : null;
        if (op.Is("Add") || op.Is("Sub"))
            return a == b ? a : (a, b) is (Part.Fixed, Part.Mean) or (Part.Mean, Part.Fixed) ? Part.Mean : null;
        return null;
    }

    private bool HasSamples(ValueId value) => !value.IsNone && _module[value].Tensor?.Shape is { } shape && shape.Any(d => d.Symbols.Contains(Dim.BatchSymbol));

    // By a loop: chains of ops are longer than the stack is deep.
    private bool DependsOnSamples(ValueId value)
    {
        if (_dependsOnSamples.Count == 0)
        {
            foreach (var op in _module.Graph.Ops)
            {
                bool depends = op.Operands.Any(o => HasSamples(o) || _dependsOnSamples.GetValueOrDefault(o));
                foreach (var result in op.Results.Where(r => !r.IsNone))
                    _dependsOnSamples[result] = depends || HasSamples(result);
            }
        }

        return HasSamples(value) || _dependsOnSamples.GetValueOrDefault(value);
    }
}
