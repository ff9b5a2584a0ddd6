using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Onnx;

/// <summary>The versions of the standard operator set that can be imported: what this ONNX release defines, back to the one that made shape
/// operands of Squeeze, ReduceSum and Split tensors (13).</summary>
public static class OpsetRange
{
    public const long Oldest = 13;

    /// <summary>Of ONNX 1.21.</summary>
    public const long Newest = 26;

    /// <summary>The IR version that goes with <see cref="Newest"/>.</summary>
    public const long NewestIrVersion = 13;

    /// <summary>The domain with ONNX's second spelling of the standard one replaced.</summary>
    internal static string Domain(string domain) => domain == "ai.onnx" ? "" : domain;

    /// <summary>The least IR version that a model of this opset was defined with (docs/Versioning.md of ONNX).</summary>
    internal static long IrVersionOf(long opset) => opset switch
    {
        <= 14 => 7,
        <= 18 => 8,
        <= 20 => 9,
        <= 22 => 10,
        23 => 11,
        24 => 12,
        _ => NewestIrVersion,
    };

    internal static void Check(long version, string where, DiagnosticBag bag)
    {
        if (version is >= Oldest and <= Newest)
            return;
        string advice = version < Oldest
            ? string.Create(CultureInfo.InvariantCulture, $"export the model with opset {Oldest} or later, or raise it with onnx.version_converter")
            : string.Create(CultureInfo.InvariantCulture, $"export the model with opset {Newest} or earlier");
        bag.Add(Diagnostic.Error(Codes.OpsetUnsupported, $"the model uses opset {version}; opsets {Oldest} to {Newest} can be imported", where, advice));
    }
}
