using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GraphPipe.Planning;

/// <summary>Something that is wrong with a table.</summary>
/// <param name="Device">The line it is on, counted from 0; −1 if it is on none.</param>
/// <param name="Position">Of the cell on the line, counted from 0; −1 where what is missing would belong to the line as a whole.</param>
internal readonly record struct TableFault(int Device, int Position, string Message, string Advice);

/// <summary>
/// The one judge of tables, whoever made them and whoever asks (<see cref="ScheduleCheck"/>, <see cref="TableSchedule"/>): every micro-batch has on every stage one
/// forward and one backward, whole or in its two parts, on one device and in that order; what is computed elsewhere is received before it is read, where the
/// table has messages at all; and run from the beginning, with sends that never wait, it comes to its end. Linear in the number of cells.
/// </summary>
internal sealed class TableFaults
{
    // The rest mostly follows from these, and a table of nonsense has as many as cells.
    private const int Most = 100;

    private static readonly ImmutableArray<TaskKind> s_once = [TaskKind.Forward, TaskKind.Backward, TaskKind.BackwardInput, TaskKind.BackwardWeight];

    private readonly PipelineSchedule _table;
    private readonly Dictionary<(int Stage, int MicroBatch), CellPlaces> _places = [];
    private readonly SortedDictionary<int, CellPlace> _stages = [];
    private readonly List<TableFault> _faults = [];
    private readonly SortedDictionary<int, CellPlace> _microBatches = [];
    private bool _hasMessages;

    private TableFaults(PipelineSchedule table) => _table = table;

    /// <summary>What is wrong with the table whenever it runs.</summary>
    /// <param name="graph">Which stages need which; the table may name others, which is a fault. Null if it is not known: its own stages, and no need to receive.</param>
    public static IReadOnlyList<TableFault> Of(PipelineSchedule table, StageNeighbours? graph = null)
    {
        var judge = new TableFaults(table);
        judge.Find(graph?.Stages);
        if (judge._stages.Count == 0)
            judge.Fault(CellPlace.None, "there is no work in the table", "write a line for each device, as in 0F0,0F1,0B0,0B1");
        else if (judge.HasAllStages(graph?.Stages))
        {
            judge.CheckWork();
            judge.CheckStrays();
        }

        if (graph is not null && judge._hasMessages)
            judge.CheckReceives(graph);
        return judge._faults;
    }

    /// <summary>Where a table without such faults stops for ever.</summary>
    public static IEnumerable<TableFault> Waits(PipelineSchedule table, StageNeighbours graph, CancellationToken cancellation = default) =>
        from blocked in ScheduleSimulator.Run(table, graph, ScheduleCosts.Unit(graph.Stages), cancellation: cancellation).Blocked
        select new TableFault(
            blocked.Device.Value, blocked.Position, $"'{blocked.Task}' waits for ever for '{blocked.WaitsFor}'", "no order of work of these lines gets past these cells; change one of them");

    private void Find(int? stages)
    {
        for (int device = 0; device < _table.Devices.Length; device++)
        {
            var row = _table.Devices[device];
            for (int i = 0; i < row.Length; i++)
            {
                var (task, place) = (row[i], new CellPlace(device, i));
                _hasMessages |= task.IsMessage;
                if (task.Stage.Value >= stages)
                {
                    Fault(place, $"'{task}' is of {task.Stage}, but there are {stages}", "number stages from 0");
                    continue;
                }

                if (task.IsCompute)
                {
                    _stages.TryAdd(task.Stage.Value, place);
                    _microBatches.TryAdd(task.MicroBatch.Index, place);
                }

                if (task.MicroBatch.Index < 0)
                    continue;
                ref var places = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, (task.Stage.Value, task.MicroBatch.Index), out _);
                if (!places.TryAdd(task.Kind, place) && (task.IsCompute || task.Kind == TaskKind.Recompute))
                    Fault(place, $"'{task}' is there twice", "a micro-batch is worked on once");
            }
        }
    }

    private bool HasAllStages(int? stages)
    {
        int missing = Enumerable.Range(0, _stages.Count + 1).First(s => !_stages.ContainsKey(s));
        if (missing == _stages.Count && (stages is null || stages == missing))
            return true;
        var last = _stages.Last().Value;
        var task = _table.Devices[last.Device][last.Position];
        Fault(last, $"'{task}' is of {task.Stage}, but there is no stage {missing}", "number stages from 0 without gaps");
        return false;
    }

    private void CheckWork()
    {
        // One fault for a wild number, not one for each that it leaves out.
        if (_microBatches.Keys.Where((m, i) => m != i).Select(m => (int?)m).FirstOrDefault() is { } behind)
        {
            var place = _microBatches[behind];
            Fault(place, $"'{_table.Devices[place.Device][place.Position]}' is of micro-batch {behind}, but there is no micro-batch {_microBatches.Keys.TakeWhile((m, i) => m == i).Count()}", "number micro-batches from 0 without gaps");
        }

        foreach (int stage in _stages.Keys)
        {
            foreach (int m in _microBatches.Keys.TakeWhile(_ => _faults.Count < Most))
                CheckWork(stage, m);
        }
    }

    // Messages, copies and the like of what is nowhere computed.
    private void CheckStrays()
    {
        for (int device = 0; device < _table.Devices.Length; device++)
        {
            var row = _table.Devices[device];
            for (int i = 0; i < row.Length && _faults.Count < Most; i++)
            {
                if (!row[i].IsCompute && (row[i].Stage.Value >= _stages.Count || (row[i].MicroBatch.Index >= 0 && !_microBatches.ContainsKey(row[i].MicroBatch.Index))))
                    Fault(new(device, i), $"'{row[i]}' is of work that is not in the table", "remove the cell, or add the work");
            }
        }
    }

    private void CheckWork(int stage, int m)
    {
        var cells = _places.GetValueOrDefault((stage, m));
        string Name(TaskKind kind) => new ScheduleTask(kind, new(stage), new(m)).ToString();
        bool Has(TaskKind kind) => cells[kind].IsSome;

        // What is missing is told where the rest of the micro-batch is, or else the stage.
        var known = s_once.Select(k => cells[k]).FirstOrDefault(c => c.IsSome, new CellPlace(_stages[stage].Device, -1));
        if (!Has(TaskKind.Forward))
            Fault(known, $"'{Name(TaskKind.Forward)}' is missing", "every stage forwards every micro-batch");
        var (b, i, w) = (Has(TaskKind.Backward), Has(TaskKind.BackwardInput), Has(TaskKind.BackwardWeight));
        if (b && (i || w))
            Fault(cells[i ? TaskKind.BackwardInput : TaskKind.BackwardWeight], $"'{Name(TaskKind.Backward)}' is the whole backward, and there is '{Name(i ? TaskKind.BackwardInput : TaskKind.BackwardWeight)}' too", "write B, or I and W");
        else if (!b && !(i && w))
            Fault(known, !i && !w ? $"'{Name(TaskKind.Backward)}' is missing" : $"'{Name(i ? TaskKind.BackwardWeight : TaskKind.BackwardInput)}' is missing", "every stage runs the backward of every micro-batch: B, or I and W");
        foreach (var kind in s_once)
        {
            if (Has(TaskKind.Forward) && Has(kind) && cells[kind].Device != cells[TaskKind.Forward].Device)
            {
                Fault(cells[kind], $"'{Name(kind)}' is on another device than '{Name(TaskKind.Forward)}', which is on device {cells[TaskKind.Forward].Device}", "a micro-batch stays on the device that forwarded it");
                break;
            }
        }

        void InOrder(TaskKind early, TaskKind late)
        {
            if (cells[early] is { IsSome: true } a && cells[late] is { IsSome: true } z && a.Device == z.Device && a.Position > z.Position)
                Fault(z, $"'{Name(late)}' stands before '{Name(early)}'", "a backward follows its forward, and the part for weights the part for inputs");
        }

        InOrder(TaskKind.Forward, TaskKind.Backward);
        InOrder(TaskKind.Forward, TaskKind.BackwardInput);
        InOrder(TaskKind.BackwardInput, TaskKind.BackwardWeight);
        InOrder(TaskKind.Forward, TaskKind.Recompute);
        InOrder(TaskKind.Recompute, TaskKind.BackwardInput);
        InOrder(TaskKind.Recompute, TaskKind.Backward);
    }

    private void CheckReceives(StageNeighbours graph)
    {
        foreach (var ((stage, m), cells) in _places.OrderBy(p => p.Key))
        {
            CheckReceive(cells[TaskKind.Forward], cells[TaskKind.ReceiveForward], graph.Before[stage], TaskKind.Forward, TaskKind.Forward);
            CheckReceive(cells[TaskKind.Backward], cells[TaskKind.ReceiveBackward], graph.After[stage], TaskKind.Backward, TaskKind.BackwardInput);
            CheckReceive(cells[TaskKind.BackwardInput], cells[TaskKind.ReceiveBackward], graph.After[stage], TaskKind.Backward, TaskKind.BackwardInput);

            // Made by either of two kinds of work.
            void CheckReceive(CellPlace reader, CellPlace receive, ImmutableArray<int> sources, TaskKind made, TaskKind orMade)
            {
                if (!reader.IsSome || (receive.IsSome && receive.Device == reader.Device && receive.Position < reader.Position))
                    return;
                bool isFar = sources.Any(s => _places.GetValueOrDefault((s, m)) is var source
                    && ((source[made].IsSome && source[made].Device != reader.Device) || (source[orMade].IsSome && source[orMade].Device != reader.Device)));
                if (!isFar)
                    return;
                var task = _table.Devices[reader.Device][reader.Position];
                var missing = new ScheduleTask(made == TaskKind.Forward ? TaskKind.ReceiveForward : TaskKind.ReceiveBackward, new(stage), new(m));
                Fault(reader, $"'{task}' reads what comes from another device without '{missing}' before it", "receive it first");
            }
        }
    }

    private void Fault(CellPlace place, string message, string advice)
    {
        if (_faults.Count < Most)
            _faults.Add(new(place.Device, place.Position, message, advice));
    }

    /// <summary>Where a cell is.</summary>
    private readonly record struct CellPlace
    {
        private readonly int _device;
        private readonly int _position;

        public CellPlace(int device, int position) => (_device, _position) = (device + 1, position + 1);

        public static CellPlace None => default;

        public bool IsSome => _device > 0;

        public int Device => _device - 1;

        public int Position => _position - 1;
    }

    /// <summary>The first cell of each kind of one stage and micro-batch.</summary>
    private struct CellPlaces
    {
        private Kinds _kinds;

        public readonly CellPlace this[TaskKind kind] => kind <= TaskKind.ReceiveBackward ? _kinds[(int)kind] : CellPlace.None;

        /// <returns>False if there is one already.</returns>
        public bool TryAdd(TaskKind kind, CellPlace place)
        {
            // Copies to the host and what torch's tables say of parameters are no matter of this judge.
            if (kind > TaskKind.ReceiveBackward)
                return true;
            if (_kinds[(int)kind].IsSome)
                return false;
            _kinds[(int)kind] = place;
            return true;
        }

        [InlineArray((int)TaskKind.ReceiveBackward + 1)]
        private struct Kinds
        {
            private CellPlace _first;
        }
    }
}
