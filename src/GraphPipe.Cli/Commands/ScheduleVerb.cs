using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Report;

namespace GraphPipe.Cli.Commands;

/// <summary>
/// <c>schedule NAME</c>, or <c>--program FILE</c>: prints a schedule of a line of stages; <c>schedule FILE.csv</c> checks and times a table;
/// <c>schedule --tune</c> searches for one.
/// </summary>
internal sealed class ScheduleVerb : Verb
{
    /// <summary>Forwards and backwards of all devices: of more than that a schedule is not made (4,096 devices with 4,096 micro-batches have 34 million).</summary>
    private const long MostWork = 50_000_000;

    // Beyond these, text is no drawing that anybody reads; --format csv has everything.
    private const int MostDrawn = 1_000_000;
    private const int MostDevicesTold = 256;

    private readonly Argument<string?> _name;
    private readonly Option<string?> _program;
    private readonly Option<bool> _tune;
    private readonly Option<long?> _candidates;
    private readonly Option<bool> _oneCopy;
    private readonly Option<long?> _ranks;
    private readonly Option<long?> _stagesPerRank;
    private readonly Option<long?> _microBatches;
    private readonly Option<string?> _costs;
    private readonly Option<string?> _limit;
    private readonly Option<long?> _group;
    private readonly Option<long?> _recompute;
    private readonly Option<long?> _offload;
    private readonly Option<double?> _offloadTime;
    private readonly Option<string?> _overlap;
    private readonly Option<bool> _communication;
    private readonly Option<string?> _format;
    private readonly Option<string?> _trace;

    public ScheduleVerb()
        : base(
            "schedule",
            "Print a schedule of a line of stages, with its time line and bubbles; check and time a table from a file; or search for a schedule.",
            "schedule 1f1b --ranks 4 --micro-batches 8",
            "schedule pipedream-2bw:4 --ranks 4 --micro-batches 12",
            "schedule zb-h2 --ranks 8 --micro-batches 24 --costs 10,11,9,1 --in-flight-limit 1.5p",
            "schedule interleaved --ranks 4 --stages-per-rank 2 --communication --format csv > torch.csv",
            "schedule --program mine.sched --ranks 4 --micro-batches 8",
            "schedule --tune --ranks 4 --micro-batches 12 --costs 10,12,8,1 --in-flight-limit 4",
            "schedule torch.csv --costs 1,1,1,0.1 --format svg > torch.svg")
    {
        _name = Add(new Argument<string?>("name") { Arity = ArgumentArity.ZeroOrOne, HelpName = "NAME|FILE.csv", Description = $"One of {string.Join(", ", ScheduleTable.Names)}; or a table, one line for each device." });
        _program = Add(OptionKinds.Text("--program", "FILE|NAME", $"Instead of a name: a program of the schedule language, from a file or one of {string.Join(", ", ShippedPrograms.Names)}."));
        _tune = Add(OptionKinds.Flag("--tune", "Search programs of the schedule language and orders of work for the shortest time within --in-flight-limit, which here goes for every schedule."));
        _candidates = Add(OptionKinds.Whole("--candidates", "N", "Programs that --tune runs at most; it times a hundred times as many orders. Default 2000.", most: 1_000_000));
        _oneCopy = Add(OptionKinds.Flag("--one-copy", "With --tune: without schedules that hold every parameter twice, for two copies of the model."));
        _ranks = Add(OptionKinds.Whole("--ranks", "P", "Devices. Default 4.", most: 65536));
        _stagesPerRank = Add(OptionKinds.Whole("--stages-per-rank", "V", "Stages of each device, placed as the schedule does. Default what it needs, or 1; of two copies of a model those of one.", most: 65536));
        _microBatches = Add(OptionKinds.Whole("--micro-batches", "M", "Default 8.", most: MostWork));
        _costs = Add(OptionKinds.Text("--costs", "F,I,W,C", "Times of forward, backward for inputs, backward for weights, and a message. Default 1,1,1,0."));
        _limit = Add(OptionKinds.Text("--in-flight-limit", "N|Xp", "Activations, one per stage and micro-batch, that a device may hold: a number, or a multiple of the ranks as in 1.5p. For zb-h2, zb-v, v-half, v-min, 1f1bv, programs and --tune."));
        _group = Add(OptionKinds.Whole("--group-size", "G", "Micro-batches of a group, for gis, gis-h, po-h and po-f.", most: MostWork));
        _recompute = Add(OptionKinds.Whole("--recompute-chunks", "K", "The first stages of each device run their forward again, for gis and gis-h. Default 0.", least: 0, most: 65536));
        _offload = Add(OptionKinds.Whole("--offload-chunks", "K", "The first stages of each device send their activations to the host, for po-h (default half of them) and po-f (all).", least: 0, most: 65536));
        _offloadTime = Add(OptionKinds.Number("--offload-time", "X", "Time of one such copy, as a share of F + I + W. Default 0.5."));
        _overlap = Add(OptionKinds.Choice("--overlap", "A forward and a backward issued together take the sum of their times, or the longer one. Default sum.", "sum", "max"));
        _communication = Add(OptionKinds.Flag("--communication", "With sends and receives, in the order of torch.distributed.pipelining."));
        _format = Add(OptionKinds.Choice("--format", "Default table; 'program' is the text of a program.", "table", "csv", "svg", "json", "program"));
        _trace = Add(OptionKinds.Text("--trace", "FILE.json", "Write the time line for Perfetto (ui.perfetto.dev) and 'graphpipe trace', a unit of the costs as a microsecond."));
    }

    public override int Run(Call call)
    {
        string? name = call.Parse.GetValue(_name);
        if (call.Has(_format) && call.IsJson)
            throw Usage.Error("--format and --json are both given", "say once what to print");
        if (call.Get(_format) == "json")
            call.IsJson = true;
        OutputFile.Check(call.Get(_trace));
        double[] costs = ReadCosts(call.Get(_costs) ?? "1,1,1,0");
        bool isFile = name?.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) == true;
        CheckSource(call, name, isFile);
        if (call.Get(_tune))
            return Tune(call, costs);
        call.Subject = call.Get(_program) ?? $"schedule {name}";
        return Show(call, isFile ? Read(call, name!) : Generate(call, Find(call, name), call.Get(_costs) is null ? null : costs), costs);
    }

    // Exactly one source, and the options that belong to it.
    private void CheckSource(Call call, string? name, bool isFile)
    {
        int sources = (name is null ? 0 : 1) + (call.Has(_program) ? 1 : 0) + (call.Get(_tune) ? 1 : 0);
        if (sources != 1)
            throw Usage.Error(sources == 0 ? "there is nothing to schedule" : "a name, --program and --tune exclude each other", "give a NAME, a FILE.csv, --program FILE, or --tune");
        if (name is not null && (ScheduleInput.IsProgram(name) || (ShippedPrograms.Names.Contains(name) && !ScheduleTable.Names.Contains(name))))
            throw Usage.Error($"'{name}' is a program of the schedule language", $"write schedule --program {name}");
        if (new Option[] { _candidates, _oneCopy }.FirstOrDefault(call.Has) is { } ofTuning && !call.Get(_tune))
            throw Usage.Error($"{ofTuning.Name} belongs to --tune", "leave it out, or add --tune");
        if (call.Get(_format) == "program" && name is not null)
            throw Usage.Error($"'{name}' is not made by a program", "give --program or --tune with --format program");
        Option[] fixedByTable = [_ranks, _stagesPerRank, _microBatches, _limit], ofGroups = [_group, _recompute, _offload, _offloadTime];
        var stray = (isFile ? [.. fixedByTable, .. ofGroups] : call.Get(_tune) ? ofGroups : []).FirstOrDefault(call.Has);
        if (stray is not null)
            throw Usage.Error($"{(isFile ? "a table" : "--tune")} has no use for {stray.Name}", isFile ? "leave it out: the table says who does what, and how often" : "leave it out");
    }

    private ISchedule Find(Call call, string? name)
    {
        if (call.Get(_program) is { } program)
        {
            var schedule = ScheduleInput.IsProgram(program) ? ScheduleInput.Program(program) : ShippedPrograms.Find(program);
            call.Document["program"] = schedule?.Program.ToString();
            return schedule
                ?? throw new DiagnosticException(Diagnostic.Error(Codes.ScheduleUnknown, $"no program is called '{program}'", advice: $"known are {string.Join(", ", ShippedPrograms.Names)}; a file's name ends in .sched"));
        }

        var bag = new DiagnosticBag();
        var found = ScheduleTable.Find(name!, bag);
        bag.ThrowIfErrors();
        return found!;
    }

    private int Show(Call call, PipelineSchedule schedule, double[] costs)
    {
        int stages = 1 + schedule.Devices.SelectMany(d => d).Select(t => t.Stage.Value).DefaultIfEmpty(0).Max();
        if (call.Get(_communication))
            schedule = TorchCommunication.Add(WithoutMessages(schedule), call.Interrupt);
        var overlap = call.Get(_overlap) == "max" ? OverlapMode.Max : OverlapMode.Sum;
        var timeline = ScheduleSimulator.Run(schedule, StageNeighbours.Chain(stages), CostsOf(costs, stages), overlap, call.Interrupt);
        if (!double.IsFinite(timeline.Makespan))
            throw Usage.Error("with these --costs the time of the schedule is beyond all numbers", "give them in a larger unit");
        var weights = ComputeActions.Staleness(schedule.Updates is null ? schedule with { Devices = [] } : schedule, stages, 1);
        Fill(call, schedule, timeline, weights);
        Print(call, schedule, timeline, weights);
        if (timeline.Deadlock is null)
            return ExitCodes.Done;
        call.Tell([Diagnostic.Error(Codes.PlanDeadlock, $"the schedule waits for ever: {timeline.Deadlock}", advice: "no order of work of these rows gets past these cells; change one of them")]);
        return ExitCodes.No;
    }

    private static ScheduleCosts CostsOf(double[] costs, int stages) => ScheduleCosts.Even(stages, new(costs[0], costs[1], costs[2]), costs[3]);

    private int Tune(Call call, double[] costs)
    {
        call.Subject = "schedule --tune";
        int ranks = (int)(call.Get(_ranks) ?? 4), perRank = (int)(call.Get(_stagesPerRank) ?? 1), microBatches = (int)(call.Get(_microBatches) ?? 8);
        CheckSize((long)ranks * perRank, microBatches, costs);
        var problem = new TuningProblem(
            ranks, perRank, microBatches, new(costs[0], costs[1], costs[2]), costs[3], ReadLimit(call.Get(_limit), ranks), (int)(call.Get(_candidates) ?? 2000))
        {
            TakesTwoCopies = !call.Get(_oneCopy),
        };
        var result = ScheduleTuner.Run(problem, call.Interrupt);
        TuningTable.Fill(call.Document, result);
        if (call.Get(_format) is null or "table")
            TuningTable.Write(call.Text, result, problem.Limit);
        return (call.Get(_format) == "program" ? result.BestProgram : result.Best) is { } best
            ? Show(call, best.Schedule, costs)
            : throw new DiagnosticException(Diagnostic.Error(
                Codes.ScheduleUnsuitable,
                $"{(result.Best is null ? "no order of work" : $"none of {result.Tried} programs")} holds at most {problem.Limit} activations on {ranks} devices of {perRank} stages",
                advice: result.Best is null ? "raise --in-flight-limit" : "raise --in-flight-limit or --candidates, or keep the order of work with --format csv"));
    }

    private static double[] ReadCosts(string text)
    {
        double?[] costs = [.. text.Split(',').Select(t => double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out double cost) && double.IsFinite(cost) && cost >= 0 ? cost : (double?)null)];
        return costs.Length == 4 && costs.All(c => c is not null) ? [.. costs.Select(c => c!.Value)] : throw Usage.Error($"--costs wants four numbers F,I,W,C, not '{text}'", "write --costs 1,1,1,0");
    }

    private static int? ReadLimit(string? text, int ranks)
    {
        if (text is null)
            return null;
        bool isMultiple = text.EndsWith('p');
        return double.TryParse(isMultiple ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number > 0 && number * ranks < int.MaxValue && (isMultiple || number == Math.Floor(number))
            ? (int)Math.Floor((isMultiple ? number * ranks : number) + 1e-9)
            : throw Usage.Error($"--in-flight-limit wants a number of activations or a multiple of the ranks, not '{text}'", "write --in-flight-limit 12 or --in-flight-limit 1.5p");
    }

    private static PipelineSchedule Read(Call call, string path)
    {
        call.Subject = path;
        var bag = new DiagnosticBag();
        var schedule = ScheduleCsv.Parse(Path.GetFileNameWithoutExtension(path), InputText.Read(path, Codes.PlanMalformed), bag);
        bag.ThrowIfErrors();
        // A table that deadlocks is still worth printing; the time line says where it stops.
        var faults = ScheduleCheck.Check(schedule!, call.Interrupt);
        return faults.All(f => f.Code == Codes.PlanDeadlock) ? schedule! : throw new DiagnosticException(faults);
    }

    private static PipelineSchedule WithoutMessages(PipelineSchedule schedule) => schedule with
    {
        Devices = [.. schedule.Devices.Select(d => d.Where(t => t.Kind is < TaskKind.SendForward or > TaskKind.ReceiveBackward).ToImmutableArray())],
    };

    private static void CheckSize(long stages, int microBatches, double[] costs)
    {
        if (2 * stages * microBatches > MostWork)
            throw Usage.Error($"that is more than {MostWork / 1_000_000} million forwards and backwards", "use fewer ranks, stages or micro-batches");
        // All work of all devices one after the other, with a message before each: no schedule takes longer.
        if (!double.IsFinite(stages * microBatches * (costs.Sum() + costs[0] + 2 * costs[3])))
            throw Usage.Error("with these --costs the time of the schedule may be beyond all numbers", "give them in a larger unit");
    }

    private PipelineSchedule Generate(Call call, ISchedule schedule, double[]? costs)
    {
        var bag = new DiagnosticBag();
        int ranks = (int)(call.Get(_ranks) ?? 4), microBatches = (int)(call.Get(_microBatches) ?? 8);
        int perRank = (int)(call.Get(_stagesPerRank) ?? (schedule.Traits.Placement is PlacementKind.V or PlacementKind.Wave ? 2 : 1));
        long stages = (long)ranks * perRank;
        CheckSize(stages, microBatches, costs ?? [1, 1, 1, 0]);
        var placement = schedule.Place((int)stages, ranks, bag);
        bag.ThrowIfErrors();
        var order = schedule.Generate(
            new(StageGraph.Line(placement!, microBatches), ranks)
            {
                Costs = costs is null ? null : CostsOf(costs, (int)stages),
                InFlightLimit = ReadLimit(call.Get(_limit), ranks),
                GroupSize = (int?)call.Get(_group),
                RecomputedChunks = (int?)call.Get(_recompute),
                OffloadedChunks = (int?)call.Get(_offload),
                OffloadTime = call.Get(_offloadTime),
                Cancellation = call.Interrupt,
            },
            bag);
        bag.ThrowIfErrors();
        return order!;
    }

    private static void Fill(Call call, PipelineSchedule schedule, ScheduleTimeline timeline, ImmutableArray<WeightStaleness> weights)
    {
        var document = call.Document;
        document["name"] = schedule.Name;
        document["ranks"] = schedule.Devices.Length;
        document["stages"] = weights.Length;
        document["micro_batches"] = schedule.Devices.SelectMany(d => d).Select(t => t.MicroBatch.Index + 1).DefaultIfEmpty(0).Max();
        document["makespan"] = timeline.Deadlock is null ? JsonParts.Number(timeline.Makespan) : null;
        document["bubble_fraction"] = JsonParts.List(timeline.Devices, d => JsonParts.Number(timeline.BubbleFraction(d)));
        document["own_span"] = JsonParts.List(timeline.Devices, d => JsonParts.Number(d.OwnSpan));
        document["peak_in_flight"] = JsonParts.List(timeline.Devices, d => d.PeakInFlight);
        document["deadlock"] = timeline.Deadlock;
        document["update_every"] = schedule.Updates?.Every;
        document["staleness"] = JsonParts.List(weights, w => w.Most);
        document["weight_versions"] = JsonParts.List(weights, w => w.Versions);
        if (call.IsJson)
            document["actions"] = JsonParts.List(schedule.Devices, d => ScheduleCsv.WriteLine(d));
    }

    private void Print(Call call, PipelineSchedule schedule, ScheduleTimeline timeline, ImmutableArray<WeightStaleness> weights)
    {
        if (call.Get(_trace) is { } trace)
            PerfettoTrace.Write(trace, TimeLineOf(schedule, timeline));
        switch (call.Get(_format))
        {
            case "csv":
                foreach (var device in schedule.Devices)
                {
                    call.ThrowIfInterrupted();
                    call.Raw.Write(ScheduleCsv.WriteLine(device) + "\n");
                }

                if (schedule.Updates is not null)
                {
                    call.Tell([Diagnostic.Note(
                        Codes.ScheduleUnsuitable, "a table does not say when weights are updated: as it stands it trains with one update at its end", advice: $"to train asynchronously give --schedule {schedule.Name}")]);
                }

                return;
            case "svg":
                call.Raw.Write(SvgDrawing.Of(TimeLineOf(schedule, timeline)));
                return;
            case "program":
                call.Raw.Write(call.Document["program"]!.GetValue<string>());
                return;
        }

        if (!call.IsQuiet && schedule.Devices.Sum(d => d.Length) <= MostDrawn)
            TextDrawing.Write(call.Text, TimeLineOf(schedule, timeline));
        if (timeline.Deadlock is not null)
            return;
        if (schedule.Devices.Length <= MostDevicesTold)
            call.Text.WriteLine($"makespan {timeline.Makespan:0.###}; bubbles {string.Join(" ", timeline.Devices.Select(d => timeline.BubbleFraction(d).ToString("P1")))}; in flight {string.Join(" ", timeline.Devices.Select(d => d.PeakInFlight))}");
        else
            call.Text.WriteLine($"makespan {timeline.Makespan:0.###}; bubbles {timeline.Devices.Average(timeline.BubbleFraction):P1} on average; in flight at most {timeline.Devices.Max(d => d.PeakInFlight)}");
        if (schedule.Updates is { } updates)
            call.Text.WriteLine(StalenessText.Of(updates.Every, updates.Every == 1 ? "micro-batch" : "micro-batches", weights));
    }

    private static TimeLine TimeLineOf(PipelineSchedule schedule, ScheduleTimeline timeline) => PlannedTimeLine.Of(schedule.Name, timeline);
}
