using GraphPipe.Bundle;
using GraphPipe.Onnx;

namespace GraphPipe.Cli;

/// <summary>The MODEL of a command line.</summary>
internal static class ModelFile
{
    /// <exception cref="DiagnosticException">GP1xxx: it can't be read; GP8001: it is a bundle or data.</exception>
    public static OnnxModel Load(string path) =>
        path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) && Path.Exists(path) ? throw Usage.Error($"{path} is a file of tensors, not a model", "give the .onnx file; data goes to --data")
        : BundleReader.IsBundle(path) && Path.Exists(path) ? throw Usage.Error($"{path} is a bundle, which is compiled already", "give the .onnx file")
        : OnnxModel.Load(path);
}
