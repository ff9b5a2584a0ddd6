using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;
using GraphPipe.Passes;

namespace GraphPipe.Compiler;

/// <summary>The compiler's table of contents: every pass, in order, with the reason for its place.</summary>
public static class Pipelines
{
    /// <summary>From the model file's ops to the core op set.</summary>
    /// <param name="mayMix">Whether a stage sees the whole mini-batch at once, so that ops may mix samples.</param>
    public static ImmutableArray<IPass> Normalise(CompileOptions options, bool mayMix)
    {
        var registry = OperatorRegistry.Standard;
        return
        [
            new AssignRoles(registry, options.Freeze), // First: what is frozen or a statistic must not be mistaken for trained by anything below.
            new BindDimensions(options.Dimensions, options.BatchDimension, registry), // Before shapes: the only open symbol left is N.
            new RepairBatch(registry), // A batch size burnt in by the exporter becomes N, where that is provably right.
            new InferShapes(registry),
            new FoldConstants(registry), // Whole numbers that follow from shapes become constants …
            new ResolveOperands(registry), // … and so operands that decide shapes become attributes.
            new InferShapes(registry), // Types that depended on those operands' contents.
            new RemoveDeadCode(Level.Onnx), // The exporter's shape arithmetic has lost its readers.
            new WidenHalves(registry), // Before decomposition, so that an op of the model is rounded once, whatever it becomes.
            new Decompose(registry),
            new RemoveDeadCode(Level.Core),
            new Rewrite(registry), // Before differentiation, so that fused ops have their own gradients; before planning, so that every partition has the same ops.
            new RemoveDeadCode(Level.Core),
            new MarkBatchAxis(registry, mayMix, options.Goal), // Last: it needs the final ops, and nothing may change types after it.
        ];
    }

    /// <summary>From a core module to the whole training step as one graph.</summary>
    /// <param name="mayMix">Whether a stage sees the whole mini-batch at once, so that ops may mix samples.</param>
    public static ImmutableArray<IPass> Train(CompileOptions options, bool mayMix) =>
    [
        new AddLoss(OperatorRegistry.Standard, options.Goal, mayMix),
        new Differentiate(OperatorRegistry.Standard), // Before any partition, so that staging only groups ops that are there.
        new KeepHalves(OperatorRegistry.Standard), // Before planning, which counts what is saved.
        new AddUpdates(options.Optimizer),
        new RemoveDeadCode(Level.Train),
    ];

    /// <summary>From one graph to stages joined by channels.</summary>
    /// <param name="planned">The plan's stages: they fix the order of sums.</param>
    /// <param name="staged">Where ops really go: the same, or everything on one stage.</param>
    /// <param name="placement">The stages that ops go to, and where these run.</param>
    /// <param name="split">The stages whose backward the schedule runs in two parts.</param>
    /// <param name="predicts">Whether the schedule predicts weights.</param>
    public static ImmutableArray<IPass> Partition(
        StageAssignment planned, StageAssignment staged, StagePlacement placement, ImmutableHashSet<StageId> split, bool predicts, Level from) =>
        from == Level.Core
            ? [new AssignStages(staged, placement.Mesh, placement.Stages, Level.Core), new InsertCommunication(), new Replicate(placement.Devices)]
            :
            [
                new OrderSums(planned), // While it is one graph: every op after this is only moved.
                new AssignStages(staged, placement.Mesh, placement.Stages),
                new RecomputeForward(placement.Recompute), // Before communication: what is made again does not travel, and what travels is not made again.
                new InsertCommunication(),
                new SplitBackward(split), // After communication: what is sent says what others wait for. Before replicas, while stages have the plan's numbers.
                new Replicate(placement.Devices), // After communication: what crosses is known, and is cut by samples once.
                new ShareParameters(placement.ShardOptimizer), // After replicas: a parameter's copies are those of stages and of replicas alike.
                .. predicts ? [new PredictWeights()] : ImmutableArray<IPass>.Empty, // Last: it goes by the updates that each stage has in the end.
            ];
}
