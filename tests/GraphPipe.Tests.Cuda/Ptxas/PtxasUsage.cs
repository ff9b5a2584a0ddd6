using System.Globalization;
using System.Text.RegularExpressions;

namespace GraphPipe.Tests.Cuda.Ptxas;

/// <summary>What a kernel takes of a multiprocessor, by <c>ptxas --verbose</c>.</summary>
/// <param name="Registers">Of each thread.</param>
/// <param name="SharedBytes">Of each group.</param>
/// <param name="StackBytes">Local memory of each thread.</param>
/// <param name="SpillBytes">Stores and loads of registers that did not fit.</param>
internal sealed partial record PtxasUsage(int Registers, int SharedBytes, int StackBytes, int SpillBytes)
{
    /// <exception cref="FormatException">The text is not the report of one kernel.</exception>
    public static PtxasUsage Parse(string report)
    {
        if (Used().Match(report) is not { Success: true } used || Frame().Match(report) is not { Success: true } frame)
            throw new FormatException($"ptxas says nothing of registers and the stack: {report}");
        int shared = Shared().Match(report) is { Success: true } bytes ? Number(bytes, 1) : 0;
        return new PtxasUsage(Number(used, 1), shared, Number(frame, 1), Number(frame, 2) + Number(frame, 3));
    }

    /// <summary>As a cell of the table: registers, and the rest where there is any.</summary>
    public override string ToString() => string.Join(", ", ((string[])
    [
        $"{Registers}", SharedBytes > 0 ? $"{SharedBytes} B shared" : "", StackBytes > 0 ? $"{StackBytes} B stack" : "", SpillBytes > 0 ? $"{SpillBytes} B spilled" : "",
    ]).Where(t => t.Length > 0));

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Used();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();

    [GeneratedRegex(@"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")]
    private static partial Regex Frame();
}
