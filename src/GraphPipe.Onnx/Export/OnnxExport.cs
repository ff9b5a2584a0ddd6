using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Writes modules of level <c>onnx</c> as ONNX files, names kept. Equal modules give equal bytes.</summary>
public static class OnnxExport
{
    /// <summary>Models with more bytes of weights than this get a file of external data: a protobuf message ends at 2 GiB.</summary>
    public const long ExternalDataFrom = 3L << 29;

    /// <summary>The module as the bytes of an ONNX file.</summary>
    /// <exception cref="DiagnosticException">GP1013: the module has ops with no ONNX form, lacks weights, or needs 2 GiB and more.</exception>
    public static byte[] Write(Module module) => ModelFile.ToBytes(ToProto(module));

    /// <summary>Writes a file; large models with their weights beside it, in <c>FILE.data</c>.</summary>
    /// <param name="externalDataFrom">Bytes of weights above which they go into the second file.</param>
    /// <exception cref="DiagnosticException">GP1013, as above; GP5007: the file can't be written.</exception>
    public static void WriteFile(Module module, string path, long externalDataFrom = ExternalDataFrom) =>
        ModelFile.Write(ToProto(module), path, externalDataFrom);

    internal static ModelProto ToProto(Module module)
    {
        if (module.Level != Level.Onnx)
            throw new DiagnosticException(Diagnostic.Error(Codes.ExportImpossible, $"a module of level {module.Level} is no ONNX model", "", "export at level onnx"));
        var bag = new DiagnosticBag();
        var writer = new GraphWriter(module, bag);
        var model = new ModelProto { Graph = writer.Main() };
        ModelMetadata.Write(module, model);
        if (model.IrVersion < 4)
            writer.AddParametersToInputs(model.Graph);
        foreach (var (domain, version) in module.Opsets)
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        bag.ThrowIfErrors();
        return model;
    }
}
