using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli.Commands;

/// <summary><c>profile MODEL</c>: measures op times on the devices of this machine; with <c>--merge</c>, joins such files.</summary>
internal sealed class ProfileVerb : Verb
{
    private const int MostShown = 12;

    private readonly Argument<string[]> _inputs;
    private readonly Option<string?> _output;
    private readonly Option<bool> _merge;
    private readonly Option<long?> _largest;
    private readonly Option<double?> _seconds;
    private readonly Option<long?> _microBatches;
    private readonly RunOptions _run;
    private readonly ModelOptions _options;

    public ProfileVerb()
        : base(
            "profile",
            "Measure what the ops of a model take on this machine's devices, for plan, compile, train, bench and simulate --profile.",
            "profile model.onnx --devices cpu:2 --largest 16 -o profile.json",
            "profile --merge monday.json tuesday.json -o profile.json")
    {
        _inputs = Add(new Argument<string[]>("inputs") { HelpName = "MODEL", Description = "An .onnx file; with --merge, two or more profiles.", Arity = ArgumentArity.OneOrMore });
        _output = Add(OptionKinds.Text("--output", "PROFILE.json", "Write the profile there.", "-o"));
        _merge = Add(OptionKinds.Flag("--merge", "Join profiles of one machine: other models, other sizes, or the same again."));
        _largest = Add(OptionKinds.Whole("--largest", "SAMPLES", "Micro-batch sizes are 1, 2, 4, … up to this. Default 32.", most: 1 << 20));
        _seconds = Add(OptionKinds.Number("--seconds", "X", "Measure each size for so long. Default 2.", most: 86400));
        _microBatches = Add(OptionKinds.Whole("--micro-batches", "COUNT", "Micro-batches of the steps that are measured. Default twice the devices, at least 4.", most: 1024));
        _run = new RunOptions(Command);
        _options = new ModelOptions(Command, canTakePlan: false, plans: false);
    }

    public override int Run(Call call)
    {
        string[] inputs = call.Get(_inputs);
        call.Subject = inputs[0];
        OutputFile.Check(call.Get(_output));
        var profile = call.Get(_merge) ? Merge(call, inputs) : Measure(call, inputs);
        string text = ProfileJson.Write(profile);
        foreach (var (name, value) in JsonNode.Parse(text)!.AsObject().ToList())
            call.Document[name] = value?.DeepClone();
        if (call.Get(_output) is { } path)
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(text + "\n"));
        Describe(call, profile);
        return ExitCodes.Done;
    }

    private Profile Merge(Call call, string[] inputs)
    {
        if (inputs.Length < 2)
            throw Usage.Error("--merge wants two or more profiles", "write profile --merge a.json b.json -o both.json");
        if (new Option[] { _largest, _seconds, _microBatches }.Where(call.Has).Select(o => o.Name).Concat(_options.Given(call)).FirstOrDefault() is { } stray)
            throw Usage.Error($"--merge measures nothing, so {stray} says nothing", "leave it out");
        var bag = new DiagnosticBag();
        var merged = ProfileMerge.Of([.. inputs.Select(i => (i, ProfileFile.Read(i)))], bag);
        bag.ThrowIfErrors();
        return merged!;
    }

    private Profile Measure(Call call, string[] inputs)
    {
        if (inputs.Length > 1)
            throw Usage.Error($"'{inputs[1]}' is one model too many", "measure one model at a time, then join the profiles with --merge");
        var model = ModelFile.Load(inputs[0]);
        var profiling = new ProfilerOptions(call.Get(_largest) ?? 32, call.Get(_seconds) ?? 2, (int?)call.Get(_microBatches));
        return new Profiler(model, _options.Read(call, ModelHints.Of(model)), _run.Read(call), profiling)
        {
            Progress = size => call.Progress.WriteLine($"measuring micro-batches of {size}"),
            Tell = call.Tell,
            Cancellation = call.Interrupt,
        }.Run();
    }

    // The ops that take most at the largest size.
    private static void Describe(Call call, Profile profile)
    {
        long[] sizes = [.. profile.Ops.SelectMany(o => o.Times.Values).SelectMany(t => t.Keys).Distinct().Order()];
        call.Text.WriteLine($"{profile.Ops.Length} ops at micro-batches of {string.Join(", ", sizes)}, on {profile.Devices}; {profile.Machine}");
        if (sizes.Length > 0)
        {
            var table = new TextTable("op", ">us", ">spread", ">runs");
            var slowest = from op in profile.Ops
                          from phase in op.Times
                          where phase.Value.ContainsKey(sizes[^1])
                          let time = phase.Value[sizes[^1]]
                          orderby time.Median.Value descending
                          select (op.Key, time);
            foreach (var (key, time) in slowest.Take(call.IsVerbose ? int.MaxValue : MostShown))
                table.Add(key.Text, Number(time.Median), Number(time.Spread), time.Runs.ToString(CultureInfo.InvariantCulture));
            call.Text.WriteLine($"slowest at {sizes[^1]}:");
            table.Write(call.Text);
        }

        var overheads = profile.Overheads;
        call.Text.WriteLine(
            $"beside ops: {Number(overheads.Action)} us an action, {Number(overheads.Step)} us a step"
            + (overheads.Copy is { } copy ? $"; messages at {copy.BytesPerMicrosecond / 1e3:0.##} GB/s and {Number(copy.Latency)} us at either end, {Number(overheads.Wake)} us to wake who waits" : "")
            + $"; whole steps took {overheads.Stretch.ToString("0.###", CultureInfo.InvariantCulture)} times as long as simulated from medians");
    }

    private static string Number(Microseconds time) => time.Value.ToString("0.##", CultureInfo.InvariantCulture);
}
