using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A program of the schedule language as a schedule like those of <see cref="ScheduleTable"/>.</summary>
/// <param name="program">What each device runs.</param>
/// <param name="place">Where the program's text is from, for diagnostics; its lines are added.</param>
public sealed class ProgramSchedule(ScheduleProgram program, string place) : ISchedule
{
    public ScheduleProgram Program => program;

    public ScheduleTraits Traits { get; } = new(program.Placement) { Settings = ScheduleSettings.InFlightLimit };

    /// <param name="name">The schedule's name in plans and bundles, e.g. the file's without its folder.</param>
    /// <param name="place">What to call the text in diagnostics, e.g. its path.</param>
    /// <returns>Null with GP3033 in <paramref name="diagnostics"/>, each with line and column.</returns>
    public static ProgramSchedule? Parse(string name, string place, string text, DiagnosticBag diagnostics) =>
        ProgramParser.Parse(name, place, text, diagnostics) is { } program ? new(program, place) : null;

    public SchedulePlacement? Place(int stages, int devices, DiagnosticBag diagnostics) => PlacementCheck.Place(program.Name, program.Placement, stages, devices, diagnostics);

    /// <returns>
    /// Null as of any schedule; also with GP3033 if the program names stages that a device does not have, reckons with numbers that there are
    /// not, waits for ever, or leaves work undone.
    /// </returns>
    public PipelineSchedule? Generate(ScheduleRequest request, DiagnosticBag diagnostics) =>
        ScheduleProblem.Of(program.Name, Traits, Place, request, diagnostics) is var (problem, mesh) && Order(problem, diagnostics) is { } rows
            ? problem.OnMesh(program.Name, rows, mesh)
            : null;

    /// <summary>What the order at unit costs holds. Where there is none, everything.</summary>
    public ImmutableArray<long> Resident(StageGraph graph) =>
        Generate(new(graph, 1 + graph.Stages.Max(s => s.Device.Value)), new DiagnosticBag()) is { } schedule
            ? InFlight.ResidentOf(schedule, graph)
            : [.. graph.Stages.Select(_ => graph.MiniBatch)];

    private ImmutableArray<ImmutableArray<ScheduleTask>>? Order(ScheduleProblem problem, DiagnosticBag diagnostics)
    {
        int copies = problem.Placement.Copies;
        if (problem.MicroBatches % copies != 0)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleUnsuitable, $"the schedule '{program.Name}' shares micro-batches out to two copies of the model; there are {problem.MicroBatches}", advice: "choose an even number of micro-batches"));
            return null;
        }

        var stages = StagesOf(problem);
        var depths = problem.Request.Graph.Depths();
        var devices = new ProgramDevice[problem.Devices];
        for (int d = 0; d < devices.Length; d++)
        {
            var values = new Dictionary<string, long>
            {
                [ProgramNames.Devices] = problem.Devices,
                [ProgramNames.StagesOfDevice] = stages[d].Length,
                [ProgramNames.MicroBatches] = problem.MicroBatches,
                [ProgramNames.Device] = d,
                [ProgramNames.Depth] = depths[stages[d][0].Stage.Value],
            };
            if (Device(problem, d, stages[d], values, diagnostics) is not { } device)
                return null;
            devices[d] = device;
        }

        return ProgramScheduler.Run(problem, devices, place, diagnostics);
    }

    // Null with the first fault.
    private ProgramDevice? Device(ScheduleProblem problem, int d, ImmutableArray<ProgramStage> stages, Dictionary<string, long> values, DiagnosticBag diagnostics)
    {
        int line = 0;
        void Fault(string message, string advice) =>
            diagnostics.Add(Diagnostic.Error(Codes.ScheduleProgramFaulty, message, line == 0 ? place : string.Create(CultureInfo.InvariantCulture, $"{place}, line {line}"), advice));
        try
        {
            foreach (var let in program.Lets)
            {
                line = let.Line;
                values[let.Name] = let.Value.Value(values);
            }

            foreach (var need in program.Needs)
            {
                line = need.Line;
                if (need.Holds(values))
                    continue;
                diagnostics.Add(Diagnostic.Error(
                    Codes.ScheduleUnsuitable,
                    $"the schedule '{program.Name}' needs {need} on every device; there are {problem.MicroBatches} micro-batches of {problem.Stages} stages on {problem.Devices} devices",
                    string.Create(CultureInfo.InvariantCulture, $"{place}, line {line}"),
                    "choose other numbers, or another schedule"));
                return null;
            }

            line = 0;
            long turn = program.Turn?.Value(values) ?? problem.Devices;
            if (turn < 1)
            {
                Fault($"a turn of {turn} micro-batches on device {d}", "a turn is at least one micro-batch");
                return null;
            }

            long limit = Math.Min(program.Limit?.Value(values) ?? long.MaxValue, problem.Request.InFlightLimit ?? long.MaxValue);
            var counts = new long?[program.Steps.Length];
            for (int i = 0; i < counts.Length; i++)
            {
                var step = program.Steps[i];
                line = step.Line;
                counts[i] = step.Count?.Value(values);
                foreach (var item in step.Items)
                {
                    if (item.Choices.Append(item.With ?? default).FirstOrDefault(w => w.Stage >= stages.Length) is not { Stage: { } stage } work)
                        continue;
                    Fault($"'{work}' is of stage {stage} of its device, and device {d} has {stages.Length}", "stages of a device are counted from 0; choose another placement or number");
                    return null;
                }
            }

            return new(program.Steps, counts, stages, problem.MicroBatches / problem.Placement.Copies, turn, limit);
        }
        catch (ArithmeticException e)
        {
            Fault(e is DivideByZeroException ? $"a division by zero on device {d}" : $"a number beyond 64 bits on device {d}", "change the formula");
            return null;
        }
    }

    // In order of the stages; of two copies, each with its half of the micro-batches.
    private static ImmutableArray<ProgramStage>[] StagesOf(ScheduleProblem problem)
    {
        var stages = Enumerable.Range(0, problem.Devices).Select(_ => ImmutableArray.CreateBuilder<ProgramStage>()).ToArray();
        for (int s = 0; s < problem.Stages; s++)
        {
            for (int copy = 0; copy < problem.Placement.Copies; copy++)
                stages[problem.Placement[new(s), copy].Value].Add(new(new(s), copy * (problem.MicroBatches / problem.Placement.Copies)));
        }

        return [.. stages.Select(s => s.ToImmutable())];
    }
}
