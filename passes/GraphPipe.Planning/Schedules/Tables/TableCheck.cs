using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What must hold of a user's table whatever model it is for. Every fault is told with its line and cell.</summary>
internal sealed class TableCheck(string place, PipelineSchedule table, DiagnosticBag diagnostics)
{
    private bool _isFaulty;

    public PipelineSchedule Table => table;

    public int MicroBatches { get; private set; }

    /// <returns>Where the stages are; null with GP3032.</returns>
    public SchedulePlacement? Check()
    {
        for (int line = 0; line < table.Devices.Length; line++)
        {
            if (table.Devices[line].IsEmpty)
                Fault(line, "there is no work on the line", "leave the line out: there is one for each device that works");
            foreach (var task in table.Devices[line].Where(t => !t.IsCompute))
                Fault(line, $"'{task}' is not executed", "write forwards (F) and backwards (B, or I and W) only");
        }

        var lineOf = Lines();
        if (_isFaulty)
            return null;
        MicroBatches = 1 + table.Devices.SelectMany(d => d).Max(t => t.MicroBatch.Index);
        for (int stage = 0; stage < lineOf.Length; stage++)
            CheckStage(new StageId(stage), lineOf[stage]);
        return _isFaulty ? null : SchedulePlacement.At(table.Devices.Length, [.. lineOf.Select(l => new DeviceId(l))]);
    }

    // The line of each stage, which are numbered without gaps.
    private int[] Lines()
    {
        var lineOf = new SortedDictionary<int, (int Line, ScheduleTask Task)>();
        for (int line = 0; line < table.Devices.Length; line++)
        {
            foreach (var task in table.Devices[line])
            {
                if (lineOf.TryAdd(task.Stage.Value, (line, task)) || lineOf[task.Stage.Value].Line == line)
                    continue;
                var (other, known) = lineOf[task.Stage.Value];
                Fault(line, $"'{task}' is of {task.Stage}, which is on line {other + 1} already ('{known}')", "a stage lives on one device");
                break;
            }
        }

        int missing = Enumerable.Range(0, lineOf.Count).FirstOrDefault(s => !lineOf.ContainsKey(s), -1);
        if (missing >= 0)
            Fault(lineOf.Last().Value.Line, $"'{lineOf.Last().Value.Task}' is of {lineOf.Last().Value.Task.Stage}, but there is no stage {missing}", "number stages from 0 without gaps");
        return [.. lineOf.Values.Select(v => v.Line)];
    }

    private void CheckStage(StageId stage, int line)
    {
        var places = new Dictionary<(TaskKind, int), int>();
        var tasks = table.Devices[line];
        for (int i = 0; i < tasks.Length; i++)
        {
            if (tasks[i].Stage == stage && !places.TryAdd((tasks[i].Kind, tasks[i].MicroBatch.Index), i))
                Fault(line, $"'{tasks[i]}' is there twice", "a micro-batch is worked on once");
        }

        for (int m = 0; m < MicroBatches; m++)
        {
            int At(TaskKind kind) => places.GetValueOrDefault((kind, m), -1);
            string Cell(TaskKind kind) => new ScheduleTask(kind, stage, new MicroBatch(m)).ToString();
            void Before(TaskKind first, TaskKind second)
            {
                if (At(first) > At(second) && At(second) >= 0)
                    Fault(line, $"'{Cell(second)}' stands before '{Cell(first)}'", "a backward follows its forward, and the part for weights the part for inputs");
            }

            var (whole, input, weight) = (At(TaskKind.Backward), At(TaskKind.BackwardInput), At(TaskKind.BackwardWeight));
            if (At(TaskKind.Forward) < 0)
                Fault(line, $"'{Cell(TaskKind.Forward)}' is missing", "every stage forwards every micro-batch");
            if (whole >= 0 && (input >= 0 || weight >= 0))
                Fault(line, $"'{Cell(TaskKind.Backward)}' is the whole backward, and there is '{Cell(input >= 0 ? TaskKind.BackwardInput : TaskKind.BackwardWeight)}' too", "write B, or I and W");
            else if (whole < 0 && (input < 0 || weight < 0))
                Fault(line, input < 0 && weight < 0 ? $"'{Cell(TaskKind.Backward)}' is missing" : $"'{Cell(input < 0 ? TaskKind.BackwardInput : TaskKind.BackwardWeight)}' is missing", "every stage runs the backward of every micro-batch: B, or I and W");
            Before(TaskKind.Forward, TaskKind.Backward);
            Before(TaskKind.Forward, TaskKind.BackwardInput);
            Before(TaskKind.BackwardInput, TaskKind.BackwardWeight);
        }
    }

    private void Fault(int line, string message, string advice)
    {
        _isFaulty = true;
        diagnostics.Add(Diagnostic.Error(Codes.ScheduleTableFaulty, message, string.Create(CultureInfo.InvariantCulture, $"{place}, line {line + 1}"), advice));
    }
}
