using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Writes the inferred types into the value table.
/// <para>Needs level onnx; guarantees nothing by itself (an operator we do not know leaves its results as the file states them). Example:
/// <c>%h = MatMul(%x, @w) : ?</c> becomes <c>: f32[N,8,64]</c>.</para>
/// </summary>
public sealed class InferShapes(OperatorRegistry registry) : IPass
{
    public string Name => "infer-shapes";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var facts = ShapeFacts.Infer(module, registry, diagnostics);
        return module with { Values = [.. module.Values.Select((v, i) => facts[new ValueId(i)].Type is { } type ? v with { Type = type } : v)] };
    }
}
