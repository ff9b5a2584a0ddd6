using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Bundle;

/// <summary>Where things lie in a bundle, and which paths a bundle may have.</summary>
public static class BundlePaths
{
    public const string Manifest = "manifest.json";
    public const string Plan = "plan.txt";
    public const string Model = "model.onnx";
    public const string Stages = "stages";
    public const string Program = "program.json";
    public const string ProgramText = "program.gpir";
    public const string Forward = "forward.onnx";
    public const string Weights = "weights.safetensors";

    private const int LongestName = 48;

    // Names that Windows keeps for devices, whatever their extension.
    private static readonly ImmutableArray<string> Reserved = ["con", "prn", "aux", "nul"];

    /// <summary>A stage's folder: <c>stages/&lt;nn&gt;-&lt;name&gt;</c>, the name reduced to letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.</summary>
    public static string StageFolder(StageId id, string name) => string.Create(CultureInfo.InvariantCulture, $"{Stages}/{id.Value:D2}-{Plain(name)}");

    /// <summary>A name that every file system takes as part of a file's name.</summary>
    public static string Plain(string name)
    {
        string plain = string.Concat(name.Take(LongestName).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_')).TrimEnd('.');
        return plain.Length > 0 ? plain : "stage";
    }

    /// <summary>What is wrong with a path in a bundle, or null: it is relative and stays inside on every system.</summary>
    public static string? Fault(string path)
    {
        if (path.Length == 0)
            return "is an empty path";
        if (path[0] == '/' || path.Contains('\\', StringComparison.Ordinal) || path.Contains(':', StringComparison.Ordinal))
            return "is no relative path";
        if (path.Any(char.IsControl))
            return "has control characters";
        foreach (string part in path.Split('/'))
        {
            if (part.Length == 0 || part.EndsWith('.') || part.EndsWith(' '))
                return "leaves the bundle, or has a part that no file can have";
            if (Reserved.Contains(part.Split('.')[0], StringComparer.OrdinalIgnoreCase))
                return "is the name of a device on Windows";
        }

        return null;
    }
}
