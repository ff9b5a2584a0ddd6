using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>Makes the diagnostics of wrong usage.</summary>
internal static class Usage
{
    /// <summary>GP8001.</summary>
    public static DiagnosticException Error(string message, string advice = "") => new(Diagnostic.Error(Codes.Usage, message, advice: advice));
}
