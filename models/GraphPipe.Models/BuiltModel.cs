using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;

namespace GraphPipe.Models;

/// <summary>A model ready to be written or compiled, and what its training needs to know.</summary>
/// <param name="Module">The model at level <c>onnx</c>.</param>
/// <param name="Loss">The loss its output <c>y</c> is made for.</param>
/// <param name="Frozen">Patterns of parameters that are not to be trained, as <c>--freeze</c> takes them.</param>
/// <param name="Ranges">For whole-number inputs, and for <c>target</c> under cross entropy: values lie in [0, range).</param>
public sealed record BuiltModel(Module Module, LossKind Loss, ImmutableArray<string> Frozen, ImmutableSortedDictionary<string, long> Ranges)
{
    /// <summary>The output that the loss reads.</summary>
    public const string Output = "y";

    /// <summary>What the loss compares it with, in data files.</summary>
    public const string Target = "target";

    /// <summary>Elements of all parameters, frozen ones included.</summary>
    public long ParameterCount => Module.Parameters.Sum(p => Module.TensorOf(p.Value).KnownShape.Elements.At(1));

    /// <summary>Writes the .onnx file (weights beyond 1.5 GiB beside it, in <c>PATH.data</c>). Equal models give equal bytes.</summary>
    /// <exception cref="DiagnosticException">GP5007: the file can't be written.</exception>
    public void Save(string path) => OnnxExport.WriteFile(Module, path);

    /// <summary>The model as it is read from the file that <see cref="Save"/> writes.</summary>
    public OnnxModel ToOnnx() => OnnxModel.Parse(OnnxExport.Write(Module));

    /// <summary>
    /// Finishes a model. The file carries the loss, the frozen patterns and the ranges as metadata properties <c>graphpipe.loss</c>,
    /// <c>graphpipe.frozen</c> (comma-separated) and <c>graphpipe.range.NAME</c>.
    /// </summary>
    internal static BuiltModel Of(
        ModelBuilder builder, string description, LossKind loss, IEnumerable<(string Name, long Range)> ranges, params ImmutableArray<string> frozen)
    {
        var limits = ranges.ToImmutableSortedDictionary(r => r.Name, r => r.Range, StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>
        {
            ["doc_string"] = description,
            ["prop.graphpipe.loss"] = loss == LossKind.Mse ? "mse" : "cross_entropy",
        };
        if (!frozen.IsEmpty)
            metadata["prop.graphpipe.frozen"] = string.Join(',', frozen);
        foreach (var (name, range) in limits)
            metadata[$"prop.graphpipe.range.{name}"] = range.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new BuiltModel(builder.Build(metadata), loss, frozen, limits);
    }
}
