using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace GraphPipe.Cli;

/// <summary>All verbs, in the order of <c>--help</c>: from a model to its training, then tools.</summary>
internal sealed class VerbTable
{
    private readonly Dictionary<Command, Verb> _verbs = [];

    public VerbTable(CommonOptions common)
    {
        Root = new RootCommand("Trains ONNX models as graph pipelines: stages that form a DAG, micro-batches scheduled over them.\n\nExit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 bad input, 4 not compilable, 5 a run failed, 10 a bug of ours, 130 interrupted.")
        {
            common.Json,
            common.Quiet,
            common.Verbose,
        };
        Verb[] verbs =
        [
            new Commands.InspectVerb(),
            new Commands.CheckVerb(),
            new Commands.PlanVerb(),
            new Commands.CompileVerb(),
            new Commands.RunVerb(),
            new Commands.TrainVerb(),
            new Commands.EvalVerb(),
            new Commands.ExportVerb(),
            new Commands.VerifyVerb(),
            new Commands.ScheduleVerb(),
            new Commands.SimulateVerb(),
            new Commands.TraceVerb(),
            new Commands.ProfileVerb(),
            new Commands.BenchVerb(),
            new Commands.DoctorVerb(),
            new Commands.ExplainVerb(),
            new Commands.CompletionVerb(),
        ];
        foreach (var verb in verbs)
            Register(Root, verb);
        var models = new Command("models", "The ready-made models: list them, build them.");
        Register(models, new Commands.ModelsListVerb());
        Register(models, new Commands.ModelsBuildVerb());
        Root.Add(models);
        foreach (var help in Root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((SynchronousCommandLineAction)help.Action!, this);
    }

    public RootCommand Root { get; }

    /// <summary>Stands in where the command line names no verb.</summary>
    public Verb Unknown { get; } = new NoVerb();

    public IEnumerable<Verb> All => _verbs.Values;

    public Verb? Find(Command command) => _verbs.GetValueOrDefault(command);

    private void Register(Command parent, Verb verb)
    {
        // Never invoked: CommandLine runs the verb itself. It tells a verb from help and version.
        verb.Command.SetAction(_ => 0);
        parent.Add(verb.Command);
        _verbs.Add(verb.Command, verb);
    }

    private sealed class NoVerb() : Verb("graphpipe", "")
    {
        public override string Format => "graphpipe-error";

        public override int Run(Call call) => throw new InvalidOperationException("there is no verb to run");
    }

    /// <summary>The parser's help, then the verb's examples.</summary>
    private sealed class HelpWithExamples(SynchronousCommandLineAction inner, VerbTable table) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int result = inner.Invoke(parseResult);
            if (table.Find(parseResult.CommandResult.Command) is not { } verb)
                return result;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in verb.Examples)
                output.WriteLine($"  graphpipe {example}");
            output.WriteLine();
            return result;
        }
    }
}
