using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>The options of <c>compile</c>: what a model is compiled for. Verbs that take a model or a bundle have them for the model.</summary>
internal sealed class ModelOptions
{
    private readonly Command _command;
    private readonly bool _isTraining;

    /// <param name="isTraining">False for verbs that only run the forward: no loss, no optimizer.</param>
    /// <param name="canTakePlan">Whether there is <c>--plan</c>.</param>
    /// <param name="plans">False for a verb that chooses no stages.</param>
    public ModelOptions(Command command, bool isTraining = true, bool canTakePlan = true, bool plans = true)
    {
        _command = command;
        _isTraining = isTraining;
        Planning = new PlanningOptions(command, plans);
        if (canTakePlan)
            command.Add(Plan);
        if (isTraining)
        {
            foreach (var option in new Option[] { Loss, LossOutput, Target, IgnoreIndex, Optimizer, LearningRate, Momentum, Nesterov, WeightDecay, Beta1, Beta2, Epsilon, Freeze })
                command.Add(option);
        }

        command.Add(Dimensions);
        command.Add(BatchDimension);
    }

    public PlanningOptions Planning { get; }

    public Option<string?> Plan { get; } = OptionKinds.Text("--plan", "FILE", "A plan that 'plan -o' wrote; then nothing is searched.");

    public Option<string?> Loss { get; } = OptionKinds.Choice("--loss", "The loss; output: the model computes it itself. Default: what the model file says, else mse.", "mse", "cross_entropy", "output");

    public Option<string?> LossOutput { get; } = OptionKinds.Text("--loss-output", "NAME", "The output that the loss reads. Default: the first.");

    public Option<string?> Target { get; } = OptionKinds.Text("--target", "NAME", "The target's name in data files. Default 'target'.");

    public Option<long?> IgnoreIndex { get; } = OptionKinds.Whole("--ignore-index", "CLASS", "The class that does not count (cross_entropy). Default -100.", long.MinValue);

    public Option<string?> Optimizer { get; } = OptionKinds.Choice("--optimizer", "Default sgd.", "sgd", "adam", "adamw");

    public Option<double?> LearningRate { get; } = OptionKinds.Number("--learning-rate", "X", "Default 0.01 for sgd, 0.001 for adam and adamw.");

    public Option<double?> Momentum { get; } = OptionKinds.Number("--momentum", "X", "Of sgd. Default 0.");

    public Option<bool> Nesterov { get; } = OptionKinds.Flag("--nesterov", "Nesterov momentum (sgd).");

    public Option<double?> WeightDecay { get; } = OptionKinds.Number("--weight-decay", "X", "Default 0, for adamw 0.01.");

    public Option<double?> Beta1 { get; } = OptionKinds.Number("--beta1", "X", "Of adam and adamw. Default 0.9.");

    public Option<double?> Beta2 { get; } = OptionKinds.Number("--beta2", "X", "Of adam and adamw. Default 0.999.");

    public Option<double?> Epsilon { get; } = OptionKinds.Number("--epsilon", "X", "Of adam and adamw. Default 1e-8.");

    public Option<string[]> Freeze { get; } = OptionKinds.Words("--freeze", "PATTERN,…", "Parameters that are not trained; * stands for any text. Default: what the model file says.");

    public Option<string[]> Dimensions { get; } = OptionKinds.Words("--dim", "NAME=SIZE,…", "Sizes of the model's symbolic dimensions other than the batch.");

    public Option<string?> BatchDimension { get; } = OptionKinds.Text("--batch-dim", "NAME", "The model's name of the batch dimension. Default: found.");

    /// <summary>The options that say how a model is compiled, if the user wrote any.</summary>
    public IEnumerable<string> Given(Call call) =>
        new Option[] { Planning.Devices.Devices, Plan, Loss, LossOutput, Target, IgnoreIndex, Optimizer, LearningRate, Momentum, Nesterov, WeightDecay, Beta1, Beta2, Epsilon, Freeze, Dimensions, BatchDimension }
            .Concat(Planning.Own).Append(Planning.Profile).Concat(Planning.Copies).Where(o => _command.Options.Contains(o) && call.Has(o)).Select(o => o.Name);

    /// <param name="hints">What the model file says about its own training.</param>
    /// <param name="forInference">Compile the forward alone.</param>
    /// <param name="modelled">Whether modelled devices will do.</param>
    /// <param name="devices">Used instead of <c>--devices</c>.</param>
    /// <param name="judged">A plan that is looked at: its devices are meant where none are named.</param>
    public CompileOptions Read(Call call, ModelHints hints, bool forInference = false, bool modelled = false, Topology? devices = null, PipelinePlan? judged = null)
    {
        var plan = _command.Options.Contains(Plan) && call.Get(Plan) is { } file ? ReadPlan(call, file) : null;
        var topology = devices ?? Planning.Devices.Read(call, (plan ?? judged) is { } made ? () => DevicesOf(made) : null);
        var options = new CompileOptions
        {
            Topology = topology,
            Mesh = modelled ? DeviceMesh.Cpu(topology.Devices.Length) : MeshOptions.MeshOf(topology),
            Dimensions = ReadDimensions(call),
            BatchDimension = call.Get(BatchDimension),
            // A point at which Ctrl-C ends a compilation.
            Passes = new PassOptions { After = (_, _, _) => call.ThrowIfInterrupted() },
            Cancellation = call.Interrupt,
        };
        options = Planning.Apply(call, options);
        if (plan is not null)
            options = options with { Plan = plan, MiniBatch = plan.MiniBatch, Schedule = ScheduleInput.Read(plan.Schedule), Partitioner = plan.Partitioner };
        return forInference || !_isTraining ? options with { Loss = LossKind.None } : Train(call, options, hints);
    }

    private CompileOptions Train(Call call, CompileOptions options, ModelHints hints) => options with
    {
        Loss = call.Get(Loss) switch { "mse" => LossKind.Mse, "cross_entropy" => LossKind.CrossEntropy, "output" => LossKind.Output, _ => hints.Loss ?? LossKind.Mse },
        LossOutput = call.Get(LossOutput),
        Target = call.Get(Target) ?? options.Target,
        IgnoreIndex = call.Get(IgnoreIndex) ?? options.IgnoreIndex,
        Freeze = call.Has(Freeze) ? [.. call.Get(Freeze)!] : hints.Frozen,
        Optimizer = ReadOptimizer(call),
    };

    private OptimizerSettings ReadOptimizer(Call call)
    {
        string name = call.Get(Optimizer) ?? "sgd";
        bool adam = name != "sgd";
        var wrong = (adam ? new Option[] { Momentum, Nesterov } : [Beta1, Beta2, Epsilon]).FirstOrDefault(call.Has);
        if (wrong is not null)
            throw Usage.Error($"{name} has no {wrong.Name}", adam ? "momentum is of sgd" : "choose --optimizer adam or adamw");
        if (call.Get(Nesterov) && call.Get(Momentum) is null or 0)
            throw Usage.Error("--nesterov without momentum changes nothing", "add --momentum 0.9");
        return new OptimizerSettings(
            name,
            call.Get(LearningRate) ?? (adam ? 0.001 : 0.01),
            call.Get(Momentum) ?? 0,
            call.Get(Nesterov),
            call.Get(WeightDecay) ?? (name == "adamw" ? 0.01 : 0),
            adam ? call.Get(Beta1) ?? 0.9 : 0,
            adam ? call.Get(Beta2) ?? 0.999 : 0,
            adam ? call.Get(Epsilon) ?? 1e-8 : 0);
    }

    private ImmutableSortedDictionary<string, long> ReadDimensions(Call call)
    {
        var sizes = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (string text in call.Get(Dimensions) ?? [])
        {
            int equals = text.LastIndexOf('=');
            if (equals <= 0 || !long.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long size) || size < 1)
                throw Usage.Error($"--dim wants NAME=SIZE, not '{text}'", "write --dim sequence=128");
            sizes[text[..equals]] = size;
        }

        return sizes.ToImmutable();
    }

    private PipelinePlan ReadPlan(Call call, string file)
    {
        if (Planning.Own.Where(o => o != Planning.Memory).FirstOrDefault(call.Has) is { } contradiction)
            throw Usage.Error($"--plan says already what {contradiction.Name} asks for", "give one of the two");
        var bag = new DiagnosticBag();
        var plan = PipelinePlanJson.Read(InputText.Read(file, Codes.PlanMalformed), file, bag);
        bag.ThrowIfErrors();
        return plan!;
    }

    // A plan names its devices; for modelled ones the user must say which they were.
    private static string DevicesOf(PipelinePlan plan)
    {
        var names = plan.Stages.SelectMany(s => s.Devices).Distinct().ToList();
        return names.TrueForAll(n => n.StartsWith("cpu:", StringComparison.Ordinal)) && names.Select(n => int.TryParse(n[4..], out int i) ? i : -1).Max() is var last and >= 0
            ? $"cpu:{last + 1}"
            : throw Usage.Error($"the plan is for {string.Join(", ", names.Take(3))}{(names.Count > 3 ? ", …" : "")}, which are no devices of this machine", "name the devices it was made for with --devices");
    }
}
