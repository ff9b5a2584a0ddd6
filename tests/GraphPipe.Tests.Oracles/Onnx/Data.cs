using System.Runtime.CompilerServices;
using Xunit;

namespace GraphPipe.Tests.Oracles.Onnx;

/// <summary>The shared data beside the checkout.</summary>
internal static class Data
{
    /// <summary>A folder of it; the test is skipped where it is not there.</summary>
    public static string Folder(string name)
    {
        for (string? at = Path.GetDirectoryName(Here()); at is not null; at = Path.GetDirectoryName(at))
        {
            string candidate = Path.Combine(at, "shared", "data", name);
            if (Directory.Exists(candidate))
                return candidate;
        }

        Assert.Skip($"shared/data/{name} is not beside the checkout");
        throw new InvalidOperationException();
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
