using System.Collections.Immutable;

namespace GraphPipe.Bundle;

public enum BundlePurpose
{
    Train,
    Inference,
}

/// <summary>An input, an output or the target of the model.</summary>
/// <param name="Batch">Where the samples lie; null if the content does not depend on them.</param>
public sealed record ModelTensor(string Name, DType Type, Shape Shape, BatchLayout? Batch);

/// <summary>A parameter of the model, whichever stages use it.</summary>
/// <param name="Name">The ONNX initializer's name.</param>
/// <param name="Owner">The stage with the master copy.</param>
/// <param name="Shape">Numbers only.</param>
public sealed record ManifestParameter(string Name, ParameterRole Role, StageId Owner, DType Type, Shape Shape);

/// <summary>A file of the bundle and the SHA-256 of its content, in lower-case hexadecimal digits.</summary>
/// <param name="Path">Relative, with <c>/</c> between folders.</param>
public sealed record BundleFileHash(string Path, string Sha256);

/// <summary>What a bundle says about itself: <c>manifest.json</c>.</summary>
/// <param name="ModelSha256">SHA-256 of the model file the bundle was compiled from.</param>
/// <param name="BatchSymbol">The model's own name of the batch dimension; in bundles it is N.</param>
/// <param name="MiniBatch">Samples between two updates.</param>
/// <param name="Optimizer">Null for inference.</param>
/// <param name="Target">Null if the loss has no target.</param>
/// <param name="Files">Every other file; the writer fills it in.</param>
/// <param name="Covers">The device whose stages are in the bundle; null if all stages are.</param>
public sealed record Manifest(
    string ToolVersion,
    string ModelName,
    string ModelSha256,
    BundlePurpose Purpose,
    string BatchSymbol,
    long MiniBatch,
    OptimizerSettings? Optimizer,
    LossSettings Loss,
    ImmutableArray<ModelTensor> Inputs,
    ImmutableArray<ModelTensor> Outputs,
    ModelTensor? Target,
    DeviceMesh Mesh,
    ImmutableArray<ManifestParameter> Parameters,
    ImmutableArray<BundleFileHash> Files,
    DeviceId? Covers)
{
    public const string Format = "graphpipe-bundle";

    /// <summary>The version of the format that is written, and the newest that is read.</summary>
    public const int Version = 1;
}
