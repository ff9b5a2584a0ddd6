namespace GraphPipe.Cli;

/// <summary>What a command gets from the process it runs in; tests give their own.</summary>
/// <param name="Out">For results.</param>
/// <param name="Error">For diagnostics and progress.</param>
/// <param name="Colours">Whether diagnostics are coloured.</param>
/// <param name="IsInteractive">Whether <paramref name="Error"/> is a terminal, on which a line of progress may be overwritten.</param>
/// <param name="Interrupt">Cancelled by Ctrl-C.</param>
public sealed record Surroundings(TextWriter Out, TextWriter Error, bool Colours = false, bool IsInteractive = false, CancellationToken Interrupt = default)
{
    /// <summary>The process's own console. <c>NO_COLOR</c> (with any content) and <c>TERM=dumb</c> switch colours off.</summary>
    public static Surroundings OfConsole(CancellationToken interrupt)
    {
        bool isTerminal = !Console.IsErrorRedirected;
        bool isPlain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new Surroundings(Console.Out, Console.Error, isTerminal && !isPlain, isTerminal && Environment.GetEnvironmentVariable("TERM") != "dumb", interrupt);
    }
}
