using System.Text.RegularExpressions;

namespace GraphPipe.Runtime.Cuda.Compilation;

/// <summary>
/// Says the rounding of every float addition, subtraction and multiplication. PTX lets a compiler contract a bare <c>mul.f32</c> and a bare
/// <c>add.f32</c> into one <c>fma</c> (PTX ISA, "add": "an add instruction with no rounding modifier may be optimized aggressively"), so the bits
/// would depend on what stands beside what, and on the driver's version. ILGPU writes the bare forms; with <c>.rn</c> each is what IEEE 754 says.
/// </summary>
public static partial class PtxRounding
{
    /// <summary>The text with no bare form left.</summary>
    public static string Fix(string ptx) => Bare().Replace(ptx, "$1.rn$2");

    /// <summary>The first bare form of a text; null if there is none.</summary>
    public static string? FirstBare(string ptx) => Bare().Match(ptx) is { Success: true } match ? match.Value.Trim() : null;

    // Halves and pairs too: add.f16, mul.f16x2.
    [GeneratedRegex(@"(?<![.\w])(add|sub|mul)((?:\.ftz)?(?:\.sat)?\.(?:f16x2|f16|f32|f64))\b")]
    private static partial Regex Bare();
}
