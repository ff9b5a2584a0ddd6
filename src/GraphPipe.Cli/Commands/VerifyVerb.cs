using System.CommandLine;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Cli.Commands;

/// <summary><c>verify MODEL</c>: trains some steps as a pipeline and as one stage and compares bit by bit.</summary>
internal sealed class VerifyVerb : Verb
{
    private readonly Argument<string> _model;
    private readonly ModelOptions _options;
    private readonly RunOptions _run;
    private readonly Option<string?> _reference;
    private readonly Option<long?> _steps;
    private readonly Option<long?> _seed;
    private readonly Option<bool> _breakSumOrder;

    public VerifyVerb()
        : base(
            "verify",
            "Train some steps as a pipeline and as one stage, and compare bit by bit; with a reference, compare with PyTorch too.",
            "verify model.onnx --loss cross_entropy --devices cpu:4 --stages 4 --micro-batches 4",
            "verify model.onnx --reference DIR --devices cpu:4 --stages 4 --micro-batches 4 --json")
    {
        _model = Add(new Argument<string>("model") { HelpName = "MODEL", Description = "An .onnx file." });
        _reference = Add(OptionKinds.Text("--reference", "DIR", "A recorded PyTorch run; mini-batch, loss, optimizers and frozen parameters come from it."));
        _steps = Add(OptionKinds.Whole("--steps", "N", "Steps on made-up data, without a reference. Default 3.", most: 1_000_000));
        _seed = Add(OptionKinds.Whole("--seed", "N", "Of the made-up data. Default 0.", 0));
        _breakSumOrder = Add(OptionKinds.Flag("--break-sum-order", "For testing the verifier: the pipeline takes its sums over micro-batches in the opposite order."));
        _breakSumOrder.Hidden = true;
        _run = new RunOptions(Command);
        _options = new ModelOptions(Command);
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_model);
        var hints = ModelHints.Of(ModelFile.Load(path));
        var options = _options.Read(call, hints);
        if (options.Plan is not null && call.Has(_reference))
            throw Usage.Error("--plan and --reference are both given", "the reference says the mini-batch; leave --plan out");
        var verifier = new PipelineVerifier(_run.Read(call))
        {
            BreakSumOrder = call.Get(_breakSumOrder),
            Cancellation = call.Interrupt,
            Compiled = call.Tell,
            Progress = text => call.Progress.WriteLine(text),
        };
        var result = call.Get(_reference) is { } folder
            ? verifier.VerifyReference(path, options, ReferenceFolder.Read(folder))
            : verifier.Verify(path, options, bundle => Batches(call, bundle, hints));
        Report(call, result);
        return result.Passed ? ExitCodes.Done : ExitCodes.No;
    }

    private IReadOnlyList<MiniBatch> Batches(Call call, StageBundle bundle, ModelHints hints)
    {
        var specs = InputSpec.Of(bundle.Stages.Select(s => s.Program));
        return [.. DataInput.MakeUp(bundle, hints, specs, call.Get(_seed) ?? 0, (int)(call.Get(_steps) ?? 3)).Epoch(0)];
    }

    private static void Report(Call call, VerificationResult result)
    {
        call.Document["passed"] = result.Passed;
        call.Document["bit_equal"] = result.BitEqual;
        call.Document["difference"] = result.Difference;
        call.Document["stages"] = result.Stages;
        call.Document["asynchronous"] = result.IsAsynchronous;
        call.Document["checks"] = JsonParts.List(result.Checks, c => new JsonObject
        {
            ["name"] = c.Name,
            ["relative_error"] = JsonParts.Number(c.RelativeError),
            ["tolerance"] = c.Tolerance,
            ["passed"] = c.Passed,
            ["left_out"] = c.LeftOut,
        });
        var failed = result.Checks.Where(c => !c.Passed).ToList();
        if (result.Checks.Count > 0)
        {
            var shown = call.IsVerbose ? result.Checks : [.. failed];
            var table = new TextTable("", "check", ">error", ">tolerance");
            foreach (var check in shown)
                table.Add(check.Passed ? "ok" : "FAILED", check.Name, check.RelativeError.ToString("G3"), check.Tolerance.ToString("G3"));
            if (shown.Count > 0)
                table.Write(call.Text);
            var worst = result.Checks.MaxBy(c => c.RelativeError / c.Tolerance)!;
            call.Text.WriteLine($"{result.Checks.Count - failed.Count} of {result.Checks.Count} checks passed; worst is {worst.Name}, {worst.RelativeError:G3} of {worst.Tolerance:G3}");
        }

        string what = result.IsAsynchronous ? "on one device, one action after the other, with the plan's versions of weights" : "one";
        call.Text.WriteLine(result.BitEqual
            ? $"{StageChart.Stages(result.Stages)} compute{(result.Stages == 1 ? "s" : "")} the same bits as {what}"
            : $"{StageChart.Stages(result.Stages)} {(result.Stages == 1 ? "does" : "do")} not compute the same bits as {what}: the first that differs is '{result.Difference}'{(result.IsBitEqualityPromised ? "" : " (micro-batches of different sizes, and replicas, change the order of sums within products, so that is no failure)")}");
        call.Text.WriteLine(result.Passed ? "passed" : "FAILED");
    }
}
