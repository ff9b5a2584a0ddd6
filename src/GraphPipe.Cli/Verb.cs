using System.CommandLine;

namespace GraphPipe.Cli;

/// <summary>One verb of the command line: its options and what it does. One class, one file, listed in <see cref="VerbTable"/>.</summary>
internal abstract class Verb
{
    /// <param name="name">The verb; of a nested one with its parent, as in <c>models build</c>.</param>
    /// <param name="description">A line for <c>--help</c>.</param>
    /// <param name="examples">Command lines for <c>--help</c>; at least one.</param>
    protected Verb(string name, string description, params string[] examples)
    {
        Name = name;
        Examples = examples;
        Command = new Command(name.Split(' ')[^1], description);
    }

    public string Name { get; }

    public IReadOnlyList<string> Examples { get; }

    public Command Command { get; }

    /// <summary>The <c>format</c> of the JSON document.</summary>
    public virtual string Format => $"graphpipe-{Name.Split(' ')[0]}";

    /// <returns><see cref="ExitCodes.Done"/> or <see cref="ExitCodes.No"/>; everything else is a diagnostic.</returns>
    /// <exception cref="GraphPipe.Bundle.DiagnosticException">It can't be done.</exception>
    public abstract int Run(Call call);

    /// <summary>Adds an option and gives it back.</summary>
    protected Option<T> Add<T>(Option<T> option)
    {
        Command.Add(option);
        return option;
    }

    protected Argument<T> Add<T>(Argument<T> argument)
    {
        Command.Add(argument);
        return argument;
    }
}
