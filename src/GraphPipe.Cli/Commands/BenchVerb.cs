using System.CommandLine;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli.Commands;

/// <summary><c>bench BUNDLE|MODEL</c>: what a step costs, against the prediction.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Argument<string> _input;
    private readonly ModelOptions _options;
    private readonly RunOptions _run;
    private readonly Option<string?> _data;
    private readonly Option<long?> _steps;
    private readonly Option<long?> _warmUp;

    public BenchVerb()
        : base("bench", "Measure steps, and compare them with the simulator fed with the measured times, or with a profile.", "bench model.gpb --steps 50", "bench model.gpb --profile profile.json", "bench model.onnx --devices cpu:2 --mini-batch 64 --loss cross_entropy --json")
    {
        _input = Add(new Argument<string>("input") { HelpName = "BUNDLE|MODEL", Description = "A bundle or an .onnx file." });
        _data = Add(OptionKinds.Text("--data", "FILE|synthetic", "Default synthetic."));
        _steps = Add(OptionKinds.Whole("--steps", "N", "Steps that are measured. Default 20.", most: 1_000_000));
        _warmUp = Add(OptionKinds.Whole("--warm-up", "N", "Steps before them. Default 3.", 0, 1_000_000));
        _run = new RunOptions(Command);
        _options = new ModelOptions(Command);
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_input);
        var pipeline = PipelineInput.Open(call, path, _options, profiles: true);
        pipeline.RequireTraining();
        using var session = pipeline.Load(call, _run.Read(call));
        var data = DataInput.Open(call, call.Get(_data) ?? DataInput.Synthetic, pipeline, session.Executor.Inputs, null, 0, 8);
        var planned = _options.Planning.ReadProfile(call) is { } profile ? Plan(call, pipeline, session, profile) : null;
        var m = PipelineBenchmark.Run(session, data, (int)(call.Get(_steps) ?? 20), (int)(call.Get(_warmUp) ?? 3), call.Interrupt);
        var document = call.Document;
        document["steps"] = m.Steps;
        document["stages"] = pipeline.Bundle.Plan.Stages.Length;
        document["mini_batch"] = pipeline.Bundle.Plan.MiniBatch;
        document["step_ms"] = m.Step.Value / 1e3;
        document["fastest_step_ms"] = m.FastestStep.Value / 1e3;
        document["samples_per_second"] = m.SamplesPerSecond;
        document["predicted_step_ms"] = m.PredictedStep.Value / 1e3;
        if (planned is not null)
        {
            document["planned_step_ms"] = planned.Step.Value / 1e3;
            document["profile"] = JsonParts.Coverage(planned.Calls);
        }

        document["actions_per_step"] = m.Actions;
        document["overhead_us_per_action"] = m.OverheadPerAction.Value;
        document["allocated_bytes_per_step"] = m.AllocatedPerStep.Value;
        document["devices"] = JsonParts.List(m.Devices, d => new JsonObject
        {
            ["name"] = d.Name,
            ["predicted_peak_bytes"] = d.PredictedPeak.Value,
            ["measured_peak_bytes"] = d.MeasuredPeak.Value,
            ["busy_fraction"] = d.BusyFraction,
        });
        call.Text.WriteLine($"{m.Step.Value / 1e3:0.###} ms a step (fastest {m.FastestStep.Value / 1e3:0.###}, predicted {m.PredictedStep.Value / 1e3:0.###}), {m.SamplesPerSecond:0.#} samples/s, median of {m.Steps} steps");
        if (planned is not null)
            call.Text.WriteLine($"planned by the profile {planned.Step.Value / 1e3:0.###} ms, {planned.Step.Value / m.Step.Value:0.###} of that; times of {planned.Calls} calls");
        call.Text.WriteLine($"{m.Actions} actions a step, {m.OverheadPerAction.Value:0.##} us overhead each, {m.AllocatedPerStep} allocated");
        var table = new TextTable("device", ">busy", ">predicted peak", ">measured peak");
        foreach (var d in m.Devices)
            table.Add(d.Name, d.BusyFraction.ToString("P1"), d.PredictedPeak.ToString(), d.MeasuredPeak.ToString());
        table.Write(call.Text);
        return ExitCodes.Done;
    }

    // Times hold where they were measured.
    private static PlannedStep Plan(Call call, PipelineInput pipeline, TrainingSession session, Profile profile)
    {
        var devices = session.Executor.Report();
        var here = new ProfiledDevices(devices[0].Name.Kind, devices.Length, devices.Max(d => d.Threads));
        var machine = MachineReading.Read();
        if (machine != profile.Machine)
            Warn($"the profile is of another machine: {profile.Machine}");
        if (here != profile.Devices)
            Warn($"the profile was measured on {profile.Devices}; this runs on {here}");
        return PlannedStep.Of(pipeline.Bundle, profile, session.Dispatch);

        void Warn(string what) => call.Tell([Diagnostic.Warning(Codes.ProfileUnsuitable, what, advice: $"measure here, with --devices {here.Kind}:{here.Count}")]);
    }
}
