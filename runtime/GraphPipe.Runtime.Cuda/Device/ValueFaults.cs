using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// Where kernels report an operand's value that can't be: two cells on the device, the number of the call and the value. The first report
/// counts. The host looks where it waits for the device anyway, and behind every forward before parameters change.
/// </summary>
public sealed class ValueFaults(nint address)
{
    /// <summary>i64 cells.</summary>
    public const int Cells = 2;

    private readonly List<(KernelCall Call, string What, long Limit)> _calls = [];

    /// <summary>On the device.</summary>
    public nint Address => address;

    /// <summary>Calls that may report.</summary>
    public int Count => _calls.Count;

    /// <returns>The call's number, from 1.</returns>
    public long Register(KernelCall call, string what, long limit)
    {
        _calls.Add((call, what, limit));
        return _calls.Count;
    }

    /// <summary>GP7007 for a report.</summary>
    public DiagnosticException Diagnose(long number, long value)
    {
        var (call, what, limit) = _calls[(int)number - 1];
        return new DiagnosticException(Diagnostic.Error(
            Codes.DataValue,
            string.Format(CultureInfo.InvariantCulture, what, value, limit),
            call.Nodes.IsEmpty ? $"kernel {call.Kernel}" : $"node \"{string.Join("\", \"", call.Nodes)}\"",
            "correct the data"));
    }
}
