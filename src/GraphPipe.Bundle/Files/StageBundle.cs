using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>One stage of a bundle.</summary>
/// <param name="ProgramText">The stage at IR level <c>comm</c>, for people.</param>
/// <param name="ForwardOnnx">The stage's forward function as an ONNX model.</param>
/// <param name="Weights">Parameters and constants of the stage by ONNX initializer name.</param>
public sealed record BundledStage(StageProgram Program, string ProgramText, ReadOnlyMemory<byte> ForwardOnnx, IReadOnlyDictionary<string, TensorData> Weights);

/// <summary>A bundle in memory: the whole contract between compiler and runtime.</summary>
/// <param name="Stages">In the order of their numbers; all of the plan's, or those of the device that the manifest says it covers.</param>
/// <param name="ModelSkeleton">The original model without its weights, for <c>export</c>.</param>
public sealed record StageBundle(Manifest Manifest, ExecutionPlan Plan, ImmutableArray<BundledStage> Stages, ReadOnlyMemory<byte> ModelSkeleton)
{
    /// <summary>The part of the bundle that one device needs.</summary>
    public StageBundle For(DeviceId device) => this with
    {
        Manifest = Manifest with { Covers = device },
        Stages = [.. Stages.Where(s => Plan.DeviceOf(s.Program.Id) == device)],
    };
}
