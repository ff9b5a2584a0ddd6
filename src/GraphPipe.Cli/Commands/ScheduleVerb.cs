using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli.Commands;

/// <summary><c>schedule NAME</c>: prints a schedule of a line of stages.</summary>
internal sealed class ScheduleVerb : Verb
{
    private readonly Argument<string> _name;
    private readonly Option<long?> _ranks;
    private readonly Option<long?> _stagesPerRank;
    private readonly Option<long?> _microBatches;
    private readonly Option<string?> _costs;
    private readonly Option<string?> _format;

    public ScheduleVerb()
        : base("schedule", "Print a schedule of a line of stages, with its time line and bubbles.", "schedule 1f1b --ranks 4 --micro-batches 8", "schedule gpipe --ranks 4 --micro-batches 8 --costs 1,1,1,0.1 --format svg > gpipe.svg")
    {
        _name = Add(new Argument<string>("name") { HelpName = "NAME", Description = $"One of {string.Join(", ", ScheduleTable.Names)}." });
        _ranks = Add(OptionKinds.Whole("--ranks", "P", "Devices. Default 4.", most: 65536));
        _stagesPerRank = Add(OptionKinds.Whole("--stages-per-rank", "V", "Stages of each device; stage s is on device s mod P. Default 1.", most: 65536));
        _microBatches = Add(OptionKinds.Whole("--micro-batches", "M", "Default 8.", most: int.MaxValue));
        _costs = Add(OptionKinds.Text("--costs", "F,I,W,C", "Times of forward, backward for inputs, backward for weights, and a message. Default 1,1,1,0."));
        _format = Add(OptionKinds.Choice("--format", "Default table.", "table", "csv", "svg", "json"));
    }

    public override int Run(Call call)
    {
        string name = call.Get(_name);
        call.Subject = $"schedule {name}";
        if (call.Get(_format) == "json")
            call.IsJson = true;
        int ranks = (int)(call.Get(_ranks) ?? 4), perRank = (int)(call.Get(_stagesPerRank) ?? 1), microBatches = (int)(call.Get(_microBatches) ?? 8);
        if ((long)ranks * perRank * microBatches > 10_000_000)
            throw Usage.Error("that is more than ten million pieces of work", "use fewer ranks, stages or micro-batches");
        double[] costs = ReadCosts(call.Get(_costs) ?? "1,1,1,0");
        var chain = new StageChain(ranks, perRank, microBatches);
        var bag = new DiagnosticBag();
        var schedule = ScheduleTable.Find(name, bag)?.Generate(new(chain.Graph, ranks), bag);
        bag.ThrowIfErrors();
        var result = chain.Simulate(schedule!, costs, bag);
        // A schedule that deadlocks is still worth printing.
        string? deadlock = result?.Deadlock ?? bag.All.FirstOrDefault(d => d.Code == Codes.PlanDeadlock)?.Message;
        if (deadlock is null)
            bag.ThrowIfErrors();
        Fill(call, schedule!, result, deadlock, ranks, perRank, microBatches);
        Print(call, schedule!, result, deadlock);
        return deadlock is null ? ExitCodes.Done : ExitCodes.No;
    }

    private static double[] ReadCosts(string text)
    {
        double?[] costs = [.. text.Split(',').Select(t => double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out double cost) && double.IsFinite(cost) && cost >= 0 ? cost : (double?)null)];
        return costs.Length == 4 && costs.All(c => c is not null) ? [.. costs.Select(c => c!.Value)] : throw Usage.Error($"--costs wants four numbers F,I,W,C, not '{text}'", "write --costs 1,1,1,0");
    }

    private static void Fill(Call call, PipelineSchedule schedule, SimulationResult? result, string? deadlock, int ranks, int perRank, int microBatches)
    {
        var document = call.Document;
        document["name"] = schedule.Name;
        document["ranks"] = ranks;
        document["stages"] = ranks * perRank;
        document["micro_batches"] = microBatches;
        document["makespan"] = result is null || deadlock is not null ? null : JsonParts.Number(result.Makespan.Value);
        document["bubble_fraction"] = JsonParts.List(result?.Devices ?? [], d => JsonParts.Number(d.BubbleFraction));
        document["peak_in_flight"] = JsonParts.List(result?.Devices ?? [], d => d.PeakInFlight);
        document["deadlock"] = deadlock;
        document["actions"] = JsonParts.List(schedule.Devices, d => ScheduleCsv.WriteLine(d));
    }

    private void Print(Call call, PipelineSchedule schedule, SimulationResult? result, string? deadlock)
    {
        switch (call.Get(_format))
        {
            case "csv":
                call.Raw.Write(ScheduleCsv.Write(schedule));
                return;
            case "svg" when result is not null:
                call.Raw.Write(ScheduleDrawing.Svg(result));
                return;
        }

        if (result is not null)
        {
            ScheduleDrawing.Table(result, call.Text);
            call.Text.WriteLine($"makespan {result.Makespan.Value:0.###}; bubbles {string.Join(" ", result.Devices.Select(d => d.BubbleFraction.ToString("P1")))}; in flight {string.Join(" ", result.Devices.Select(d => d.PeakInFlight))}");
        }

        if (deadlock is not null)
            call.Text.WriteLine($"deadlock: {deadlock}");
    }

    /// <summary>Stages in a line, one sample to a micro-batch.</summary>
    private sealed class StageChain
    {
        private readonly int _ranks;
        private readonly ImmutableArray<PlannedStage> _stages;
        private readonly ImmutableArray<ChannelDecl> _channels;

        public StageChain(int ranks, int perRank, int microBatches)
        {
            _ranks = ranks;
            _stages = [.. Enumerable.Range(0, ranks * perRank).Select(s => new PlannedStage(new(s), $"s{s}", new(s % ranks), 1, 1))];
            var channels = ImmutableArray.CreateBuilder<ChannelDecl>();
            for (int s = 0; s + 1 < _stages.Length; s++)
            {
                channels.Add(new(new(2 * s), $"a{s}", ChannelKind.Activation, DType.F32, Shape.Create([Dim.Batch]), BatchLayout.Leading, new(s), new(s + 1), 1));
                channels.Add(new(new(2 * s + 1), $"g{s}", ChannelKind.Gradient, DType.F32, Shape.Create([Dim.Batch]), BatchLayout.Leading, new(s + 1), new(s), 1));
            }

            _channels = channels.ToImmutable();
            Graph = StageGraph.From(microBatches, _stages, _channels, PipelineKind.Sequential);
        }

        public StageGraph Graph { get; }

        public SimulationResult? Simulate(PipelineSchedule schedule, double[] costs, DiagnosticBag diagnostics)
        {
            if (PlanLowering.Lower(Graph.MiniBatch, DeviceMesh.Cpu(_ranks), _stages, _channels, schedule, diagnostics) is not { } plan)
                return null;
            var link = new Link(double.PositiveInfinity, new(costs[3]));
            var topology = new Topology([.. Enumerable.Range(0, _ranks).Select(r => new TopologyDevice($"{r}", "cpu", 0, new(long.MaxValue), 1))], link, link);
            var times = new StageTimes(new(costs[0]), new(costs[1] + costs[2]), new(costs[2]), default);
            return Simulator.Run(plan, new SimulationCosts([.. _stages.Select(_ => times)]) { Topology = topology });
        }
    }
}
