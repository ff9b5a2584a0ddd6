using System.CommandLine;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>Turns the parser's errors into GP8001, with what was probably meant.</summary>
internal static class UsageAdvice
{
    public static IReadOnlyList<Diagnostic> Of(ParseResult parse, Verb? verb)
    {
        var found = new DiagnosticBag();
        foreach (string token in Causes(parse, verb))
            found.Add(Unknown(token, verb, parse.CommandResult.Command));
        foreach (var error in parse.Errors.Where(e => !parse.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal))))
            found.Add(Error(Plain(error.Message, verb), verb is null ? $"the verbs are {string.Join(", ", parse.CommandResult.Command.Subcommands.Select(c => c.Name))}" : Advice(verb)));
        // Beside a word that is not understood, what is missing is only a consequence.
        return parse.UnmatchedTokens.Count > 0 ? [.. found.All.Where(d => !d.Message.EndsWith("missing", StringComparison.Ordinal))] : found.All;
    }

    // What follows an unknown verb or an unknown option is only a consequence of it.
    private static IEnumerable<string> Causes(ParseResult parse, Verb? verb)
    {
        bool afterOption = false;
        foreach (string token in parse.UnmatchedTokens)
        {
            bool isOption = token.StartsWith('-');
            if (isOption || !afterOption)
                yield return token;
            if (verb is null)
                yield break;
            afterOption = isOption;
        }
    }

    private static Diagnostic Unknown(string token, Verb? verb, Command command)
    {
        bool isOption = token.StartsWith('-');
        string what = isOption ? $"there is no option '{token}'" : verb is null ? $"there is no verb '{token}'" : $"'{token}' is one word too many";
        var known = isOption ? OptionsOf(command) : command.Subcommands.Select(c => c.Name);
        string? near = known.Select(k => (Name: k, Distance: Distance(k, token))).Where(k => k.Distance <= Math.Max(2, token.Length / 3)).OrderBy(k => k.Distance).Select(k => k.Name).FirstOrDefault();
        string advice = near is not null && (isOption || verb is null) ? $"did you mean '{near}'?"
            : verb is null && !isOption ? $"the verbs are {string.Join(", ", known)}"
            : Advice(verb);
        return Error(what, advice);
    }

    private static Diagnostic Error(string message, string advice) => Diagnostic.Error(Codes.Usage, message, advice: advice);

    private static string Advice(Verb? verb) => verb is null ? "'graphpipe --help' lists the verbs" : $"'graphpipe {verb.Name} --help' lists the options";

    private static IEnumerable<string> OptionsOf(Command command) =>
        command.Options.Where(o => !o.Hidden).Select(o => o.Name).Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options).Where(o => o.Recursive).Select(o => o.Name));

    // The parser's sentences in our spelling: lower case, no full stop.
    private static string Plain(string message, Verb? verb)
    {
        if (message.StartsWith("Required argument missing for option", StringComparison.Ordinal))
            return $"the value of {Quoted(message)} is missing";
        if (message.StartsWith("Required argument", StringComparison.Ordinal))
            return $"{string.Join(" and ", verb?.Command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0).Select(a => a.HelpName ?? a.Name) ?? [])} is missing";
        if (message.StartsWith("Required command", StringComparison.Ordinal))
            return "a verb is missing";
        string text = message.TrimEnd('.', ' ');
        return text.Length == 0 ? message : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static string Quoted(string message) => message.Split('\'') is [_, var word, ..] ? $"'{word}'" : "an option";

    /// <summary>Edits between two words (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
