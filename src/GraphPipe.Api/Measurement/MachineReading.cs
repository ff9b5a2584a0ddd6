using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using GraphPipe.Planning;

namespace GraphPipe;

/// <summary>What machine this is, for profiles.</summary>
public static class MachineReading
{
    private const string ProcessorInformation = "/proc/cpuinfo";

    public static ProfiledMachine Read() => new(
        Processor(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        Vector512.IsHardwareAccelerated ? "Vector512" : Vector256.IsHardwareAccelerated ? "Vector256" : Vector128.IsHardwareAccelerated ? "Vector128" : "none");

    // Linux names the processor in a file; elsewhere the architecture must do.
    private static string Processor()
    {
        try
        {
            string? line = File.Exists(ProcessorInformation) ? File.ReadLines(ProcessorInformation).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
            if (line?.Split(':', 2) is [_, var name])
                return name.Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A name is not worth failing for.
        }

        return RuntimeInformation.ProcessArchitecture.ToString();
    }
}
