using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Recognises a loss that the model computes itself: the scalar output, behind it only sums, differences and constant multiples of means or
/// sums over everything. Such a mean may be taken per micro-batch and weighted by its samples.
/// </summary>
public static class ModelLoss
{
    /// <summary>The ops between the reductions over the samples and the loss, the reductions included.</summary>
    public static HashSet<OpId> OpsOf(Module module, string lossOutput)
    {
        var found = new HashSet<OpId>();
        if (module.Graph.Outputs.Any(o => module[o].Name == lossOutput))
            Collect(new GraphIndex(module, module.Graph), module.Graph.Outputs.First(o => module[o].Name == lossOutput), found);
        return found;
    }

    /// <summary>
    /// The normaliser that fits: <see cref="LossNormaliser.Samples"/> when every reduction is a mean, <see cref="LossNormaliser.Sum"/> when
    /// every one is a sum, null for a mixture.
    /// </summary>
    public static LossNormaliser? NormaliserOf(Module module, string lossOutput)
    {
        var ids = OpsOf(module, lossOutput);
        var reductions = module.Graph.Ops.Where(op => ids.Contains(op.Id) && op.Name.Type.StartsWith("Reduce", StringComparison.Ordinal)).Select(op => op.Name.Type).Distinct().ToList();
        return reductions switch
        {
            [] or ["ReduceMean"] => LossNormaliser.Samples,
            ["ReduceSum"] => LossNormaliser.Sum,
            _ => null,
        };
    }

    private static void Collect(GraphIndex index, ValueId value, HashSet<OpId> found)
    {
        if (index.Producer(value) is not { } op || !found.Add(op.Id))
            return;
        bool linear = op.Is("Add") || op.Is("Sub") || op.Is("Neg") || op.Is("Reshape") || op.Is("Mul") || op.Is("Div");
        if (op.Is("ReduceMean") || op.Is("ReduceSum"))
            return;
        if (!linear)
        {
            found.Remove(op.Id);
            return;
        }

        foreach (var operand in op.Operands)
            Collect(index, operand, found);
    }
}
