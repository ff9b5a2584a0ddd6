using System.Text.RegularExpressions;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>What a PTX text says beside its version and target.</summary>
internal static partial class PtxBody
{
    /// <summary>The text without these, and with names numbered as they come: ILGPU counts on from kernel to kernel.</summary>
    public static string Of(string ptx)
    {
        var names = new Dictionary<string, string>();
        return Numbered().Replace(Header().Replace(ptx, ""), m => names.TryGetValue(m.Value, out string? name) ? name : names[m.Value] = $"{m.Groups[1].Value}{names.Count}");
    }

    [GeneratedRegex(@"^\s*(//.*|\.(version|target)\s.*)$", RegexOptions.Multiline)]
    private static partial Regex Header();

    // Parameters (_x_123) and labels (L_123).
    [GeneratedRegex(@"\b(L_|_\w+?_)\d+\b")]
    private static partial Regex Numbered();
}
