namespace GraphPipe.Bundle;

/// <summary>A file that is being read: its name for messages, and the code its faults are reported under.</summary>
/// <param name="Location">The file, and the place in it where one is known.</param>
/// <param name="Code">One of <see cref="Codes"/>.</param>
public readonly record struct InputSource(string Location, string Code)
{
    /// <summary>The same file, with a place in it.</summary>
    public InputSource At(string place) => this with { Location = $"{Location}: {place}" };

    /// <summary>The error to throw for a fault of the file.</summary>
    public DiagnosticException Malformed(string message, string advice = "") => new(Diagnostic.Error(Code, message, Location, advice));
}
