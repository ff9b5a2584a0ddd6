using System.CommandLine;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Report;
using GraphPipe.Runtime;

namespace GraphPipe.Cli.Commands;

/// <summary><c>train BUNDLE|MODEL</c>: trains as a pipeline.</summary>
internal sealed class TrainVerb : Verb
{
    private const int SyntheticBatches = 32;

    private readonly Argument<string> _input;
    private readonly ModelOptions _options;
    private readonly RunOptions _run;
    private readonly Option<string?> _data;
    private readonly Option<long?> _steps;
    private readonly Option<long?> _epochs;
    private readonly Option<long?> _seed;
    private readonly Option<bool> _inOrder;
    private readonly Option<string?> _validate;
    private readonly Option<long?> _validateEvery;
    private readonly Option<string?> _log;
    private readonly Option<string?> _checkpoint;
    private readonly Option<long?> _checkpointEvery;
    private readonly Option<bool> _resume;
    private readonly Option<string?> _trace;
    private readonly Option<string?> _output;

    public TrainVerb()
        : base(
            "train",
            "Train a model as a pipeline.",
            "train model.onnx --data train.npz --loss cross_entropy --devices cpu:4 --mini-batch 64 --epochs 3 -o trained.onnx",
            "train model.gpb --data train.npz --steps 1000 --validate test.npz --validate-every 100 --log metrics.jsonl --checkpoint run/",
            "train model.gpb --data train.npz --steps 2000 --checkpoint run/ --resume")
    {
        _input = Add(new Argument<string>("input") { HelpName = "BUNDLE|MODEL", Description = "A bundle, or an .onnx file, which is compiled first." });
        _data = Add(OptionKinds.Text("--data", "FILE|synthetic", "Inputs and target, by name: .npz or .safetensors; synthetic: made up, for trying."));
        _steps = Add(OptionKinds.Whole("--steps", "N", "Stop after so many steps in all, those before a resume included; a step is an update, and an asynchronous plan goes on to the end of its mini-batch. Default: one epoch."));
        _epochs = Add(OptionKinds.Whole("--epochs", "N", "Stop after so many passes over the data.", most: int.MaxValue));
        _seed = Add(OptionKinds.Whole("--seed", "N", "Of the order of samples, and of synthetic data. Default 0.", 0));
        _inOrder = Add(OptionKinds.Flag("--no-shuffle", "Take samples in the file's order."));
        _validate = Add(OptionKinds.Text("--validate", "FILE|synthetic", "Validation data: before the first step, after the last, and in between."));
        _validateEvery = Add(OptionKinds.Whole("--validate-every", "N", "Steps between validations. Default 100."));
        _log = Add(OptionKinds.Text("--log", "FILE.jsonl", "Write a line per step, validation and checkpoint."));
        _checkpoint = Add(OptionKinds.Text("--checkpoint", "DIR", "Write checkpoints there, the last one at the end or at Ctrl-C."));
        _checkpointEvery = Add(OptionKinds.Whole("--checkpoint-every", "N", "Steps between checkpoints. Default 1000."));
        _resume = Add(OptionKinds.Flag("--resume", "Go on from the checkpoint in --checkpoint; any partition of the model will do."));
        _trace = Add(OptionKinds.Text("--trace", "FILE.json", "Write the last step's time line, for Perfetto (ui.perfetto.dev) and 'graphpipe trace'."));
        _output = Add(OptionKinds.Text("--output", "FILE.onnx", "Write the model with the trained weights.", "-o"));
        _run = new RunOptions(Command);
        _options = new ModelOptions(Command);
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_input);
        string data = call.Get(_data) ?? throw Usage.Error("there is no data", "name a file with --data, or try --data synthetic");
        if (call.Get(_resume) && !call.Has(_checkpoint))
            throw Usage.Error("--resume does not say what from", "name the checkpoint's folder with --checkpoint");
        foreach (string? file in new[] { call.Get(_output), call.Get(_trace), call.Get(_log) })
            OutputFile.Check(file);
        var pipeline = PipelineInput.Open(call, path, _options);
        pipeline.RequireTraining();
        using var session = pipeline.Load(call, _run.Read(call));
        var from = new TrainingPosition(0, 0, 0, (ulong)(call.Get(_seed) ?? 0));
        if (call.Get(_resume))
            from = Resume(call, session, from.Seed);
        var chart = StageChart.Of(pipeline.Bundle);
        var display = new TrainingDisplay(call, session.Executor.StepCount, call.Get(_steps));
        Train(call, session, pipeline, data, from, display);
        Summarise(call, session, pipeline, chart, display);
        return call.Interrupt.IsCancellationRequested && display.WasInterrupted ? throw Interrupted(call, session) : ExitCodes.Done;
    }

    private static DiagnosticException Interrupted(Call call, TrainingSession session) => new(Diagnostic.Error(
        Codes.Interrupted, $"interrupted after step {session.Executor.StepCount}", advice: "with --checkpoint, the same command with --resume goes on"));

    private TrainingPosition Resume(Call call, TrainingSession session, ulong seed)
    {
        var position = session.LoadCheckpoint(call.Get(_checkpoint)!);
        if (call.Has(_seed) && position.Seed != seed)
            call.Tell([Diagnostic.Warning(Codes.Usage, $"the checkpoint was made with --seed {position.Seed}, which is kept", advice: "leave --seed out when resuming")]);
        call.Text.WriteLine($"resuming after step {position.Step}");
        return position;
    }

    private void Train(Call call, TrainingSession session, PipelineInput pipeline, string data, TrainingPosition from, TrainingDisplay display)
    {
        long seed = (long)from.Seed;
        var specs = session.Executor.Inputs;
        var source = DataInput.Open(call, data, pipeline, specs, call.Get(_inOrder) ? null : seed, seed, SyntheticBatches);
        var validation = call.Get(_validate) is { } file ? DataInput.Open(call, file, pipeline, specs, null, seed + 1, 1) : null;
        using var log = OpenLog(call);
        new Trainer(session.Executor, source, new TrainerOptions
        {
            Steps = call.Get(_steps),
            Epochs = (int)(call.Get(_epochs) ?? (call.Has(_steps) ? int.MaxValue : 1)),
            Validation = validation,
            ValidateEvery = call.Get(_validateEvery) ?? 100,
            From = from,
            Checkpoint = call.Get(_checkpoint) is { } folder ? position => session.SaveCheckpoint(folder, position) : null,
            CheckpointEvery = call.Get(_checkpointEvery) ?? 1000,
            Log = log,
            Progress = display.Show,
        }).Run(call.Interrupt);
    }

    private MetricLog? OpenLog(Call call)
    {
        if (call.Get(_log) is not { } path)
            return null;
        try
        {
            return MetricLog.Open(path, append: call.Get(_resume));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(Diagnostic.Error(Codes.WriteFailed, $"can't be written: {e.Message.TrimEnd('.')}", path));
        }
    }

    private void Summarise(Call call, TrainingSession session, PipelineInput pipeline, StageChart chart, TrainingDisplay display)
    {
        bool interrupted = display.WasInterrupted;
        var report = session.Executor.Report();
        if (call.Get(_trace) is { } trace && display.Steps > 0)
            PerfettoTrace.Write(trace, MeasuredTimeLine.Of($"step {session.Executor.StepCount}", pipeline.Bundle.Plan, session.Executor.Timeline(), session.Executor.Memory));
        string? output = interrupted ? null : call.Get(_output);
        if (output is not null)
            session.SaveOnnx(output);
        var document = call.Document;
        document["interrupted"] = interrupted;
        document["steps"] = session.Executor.StepCount;
        document["steps_run"] = display.Steps;
        document["generation"] = pipeline.Bundle.Plan.Generation;
        document["loss"] = JsonParts.Number(display.Loss);
        document["validation_loss"] = JsonParts.Number(display.ValidationLoss);
        document["first_validation_loss"] = JsonParts.Number(display.FirstValidationLoss);
        document["samples_per_second"] = JsonParts.Number(display.SamplesPerSecond);
        document["depth"] = chart.Depth;
        document["stages"] = StageJson.Stages(pipeline.Bundle);
        document["devices"] = StageJson.Memory(report);
        document["slow_devices"] = JsonParts.List(display.SlowDevices, d => new JsonObject
        {
            ["name"] = d.Name.ToString(),
            ["times"] = d.Times,
            ["against"] = d.IsAgainstPeers ? "peers" : "history",
        });
        document["checkpoint"] = call.Get(_checkpoint);
        document["output"] = output;

        chart.Write(call.Text);
        call.Text.WriteLine($"{StageChart.Stages(pipeline.Bundle.Plan.Stages.Length)}, depth {chart.Depth}, mini-batch {pipeline.Bundle.Plan.MiniBatch}, schedule {pipeline.Bundle.Plan.Schedule}");
        if (pipeline.Bundle.Plan.Generation is { } generation)
            call.Text.WriteLine(StalenessText.Of(generation, "samples", WeightStaleness.Of(pipeline.Bundle.Plan)));
        call.Text.WriteLine($"{display.Steps} steps, loss {display.Loss:G6}{(double.IsNaN(display.ValidationLoss) ? "" : $", validation loss {display.FirstValidationLoss:G6} -> {display.ValidationLoss:G6}")}, {display.SamplesPerSecond:0.#} samples/s");
        call.Text.WriteLine($"memory predicted / measured: {string.Join(", ", report.Select(d => $"{d.Name} {d.PredictedPeak} / {d.MeasuredPeak}"))}");
        if (output is not null)
            call.Text.WriteLine($"wrote {output}");
        else if (interrupted && call.Has(_output))
            call.Text.WriteLine($"{call.Get(_output)} is not written: the run is not finished");
    }
}
