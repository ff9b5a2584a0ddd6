namespace GraphPipe.Bundle;

public enum Severity
{
    Note,
    Warning,
    Error,
}

/// <summary>
/// A message for the user: a stable code (GPnnnn, listed in <see cref="Codes"/>), what is wrong, the place in the user's own model or
/// file, and what to do about it.
/// </summary>
/// <param name="Code">E.g. GP2103.</param>
/// <param name="Message">One sentence, lower case, no full stop.</param>
/// <param name="Location">Place in the user's terms: file, node, tensor, line; empty if there is none.</param>
/// <param name="Advice">What to do; one sentence.</param>
public sealed record Diagnostic(string Code, Severity Severity, string Message, string Location = "", string Advice = "")
{
    public static Diagnostic Error(string code, string message, string location = "", string advice = "") =>
        new(code, Severity.Error, message, location, advice);

    public static Diagnostic Warning(string code, string message, string location = "", string advice = "") =>
        new(code, Severity.Warning, message, location, advice);

    public static Diagnostic Note(string code, string message, string location = "", string advice = "") =>
        new(code, Severity.Note, message, location, advice);

    /// <summary>E.g. <c>error GP2103: no gradient for operator 'Foo' (node "/encoder/foo")</c>.</summary>
    public override string ToString() =>
        $"{Severity.ToString().ToLowerInvariant()} {Code}: {Message}{(Location.Length > 0 ? $" ({Location})" : "")}{(Advice.Length > 0 ? $"\n  {Advice}" : "")}";
}

/// <summary>Collects diagnostics, so that all errors of a kind are reported together.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _all = [];

    public IReadOnlyList<Diagnostic> All => _all;

    public bool HasErrors => _all.Exists(d => d.Severity == Severity.Error);

    public void Add(Diagnostic diagnostic)
    {
        if (!_all.Contains(diagnostic))
            _all.Add(diagnostic);
    }

    public void AddRange(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (var diagnostic in diagnostics)
            Add(diagnostic);
    }

    /// <summary>Ends the current piece of work if it met errors.</summary>
    /// <exception cref="DiagnosticException">There is at least one error.</exception>
    public void ThrowIfErrors()
    {
        if (HasErrors)
            throw new DiagnosticException(_all);
    }
}

/// <summary>
/// Work that cannot go on because of the user's input. Carries everything to tell the user; never a bug (those are other exceptions and
/// become GP9001).
/// </summary>
public sealed class DiagnosticException(IReadOnlyList<Diagnostic> diagnostics) : Exception(string.Join('\n', diagnostics))
{
    public DiagnosticException(Diagnostic diagnostic)
        : this([diagnostic])
    {
    }

    public IReadOnlyList<Diagnostic> Diagnostics { get; } = [.. diagnostics];
}
