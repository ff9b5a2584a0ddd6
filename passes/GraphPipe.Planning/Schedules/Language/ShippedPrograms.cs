using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The programs that come with the assembly: files of the folder Programs, by name without the ending.</summary>
public static class ShippedPrograms
{
    private const string Ending = ".sched";

    /// <summary>In alphabetical order.</summary>
    public static IEnumerable<string> Names => typeof(ShippedPrograms).Assembly.GetManifestResourceNames()
        .Where(n => n.EndsWith(Ending, StringComparison.Ordinal)).Select(n => n[..^Ending.Length]).Order(StringComparer.Ordinal);

    /// <summary>The program of that name, as a schedule; null if there is none.</summary>
    public static ProgramSchedule? Find(string name)
    {
        using var stream = typeof(ShippedPrograms).Assembly.GetManifestResourceStream(name + Ending);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        var bag = new DiagnosticBag();
        return ProgramSchedule.Parse(name, name + Ending, reader.ReadToEnd(), bag) ?? throw new InvalidOperationException(string.Join('\n', bag.All));
    }
}
