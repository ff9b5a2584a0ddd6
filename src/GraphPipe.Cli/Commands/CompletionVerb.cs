using System.CommandLine;

namespace GraphPipe.Cli.Commands;

/// <summary><c>completion SHELL</c>: a script that completes verbs and options; it asks the program itself.</summary>
internal sealed class CompletionVerb : Verb
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] =
            """
            _graphpipe() { local IFS=$'\n'; COMPREPLY=($(compgen -W "$(graphpipe "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")); }
            complete -o default -F _graphpipe graphpipe
            """,
        ["zsh"] =
            """
            _graphpipe() { local -a found; found=("${(@f)$(graphpipe "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}"); compadd -a found; _files; }
            compdef _graphpipe graphpipe
            """,
        ["fish"] =
            """
            complete -c graphpipe -a '(graphpipe "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
            """,
    };

    private readonly Argument<string> _shell;

    public CompletionVerb()
        : base("completion", "Print a completion script for a shell: bash, zsh or fish.", "completion bash > ~/.local/share/bash-completion/completions/graphpipe")
    {
        _shell = Add(new Argument<string>("shell") { HelpName = "SHELL", Description = "bash, zsh or fish." });
    }

    public override int Run(Call call)
    {
        string shell = call.Get(_shell);
        if (!Scripts.TryGetValue(shell, out string? script))
            throw Usage.Error($"there is no completion for '{shell}'", $"there is one for {string.Join(", ", Scripts.Keys)}");
        call.Document["shell"] = shell;
        call.Document["script"] = script;
        call.Raw.WriteLine(script);
        return ExitCodes.Done;
    }
}
