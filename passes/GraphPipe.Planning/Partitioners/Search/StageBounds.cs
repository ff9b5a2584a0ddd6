namespace GraphPipe.Planning;

/// <summary>Whether a set of nodes may be one stage, under a target and a memory limit.</summary>
internal sealed class StageBounds
{
    private readonly PartitionRequest _request;
    private readonly StageMeasurer _measurer;
    private readonly double _link;
    private readonly double _withinNode;
    private readonly int _smallestNode;
    private readonly double _memory;
    private readonly bool _allInFlight;

    /// <param name="logGroup">Logarithm of the devices that take the place of one: every stage is on a multiple of so many.</param>
    /// <param name="logReplicas">Logarithm of the most groups of a stage.</param>
    /// <param name="memory">What a device has; infinity to leave it out of account.</param>
    public StageBounds(PartitionRequest request, long microBatch, int logGroup, int logReplicas, double memory)
    {
        _request = request;
        MicroBatch = microBatch;
        LogGroup = logGroup;
        LogReplicas = logReplicas;
        _measurer = new StageMeasurer(request.Graph, microBatch, logGroup + logReplicas);
        _link = request.Topology.Slowest.BytesPerMicrosecond;
        _withinNode = Math.Max(_link, request.Topology.IntraNode.BytesPerMicrosecond);
        _smallestNode = new DeviceArrangement(request.Topology).SmallestNode;
        _memory = memory;
        _allInFlight = request.Schedule.Name == "gpipe";
    }

    public long MicroBatch { get; }

    public int LogGroup { get; }

    public int LogReplicas { get; }

    /// <summary>The most that a stage may take for a micro-batch.</summary>
    public double Target { get; set; } = double.PositiveInfinity;

    /// <summary>Costs of items [a, q) as one stage.</summary>
    public ref readonly StageMeasure Segment(SpList list, int a, int q)
    {
        var row = list.Segments[a];
        if (row is null || row.Length < q - a)
            row = list.Segments[a] = Row(list, a, Math.Max(q, Math.Min(list.Items.Length, a + 2 * (row?.Length ?? 8))));
        return ref row[q - a - 1];
    }

    private StageMeasure[] Row(SpList list, int a, int end)
    {
        var row = new StageMeasure[end - a];
        _measurer.Begin();
        for (int i = a; i < end; i++)
        {
            foreach (int node in list.Items[i].Nodes)
                _measurer.Add(node);
            row[i - a] = _measurer.Sum;
        }

        return row;
    }

    public StageMeasure Measure(IEnumerable<int> nodes) => _measurer.Of(nodes);

    /// <summary>Time of a micro-batch on 2^<paramref name="log"/> groups.</summary>
    public double Time(in StageMeasure stage, int log = 0) => stage.ComputeOn(LogGroup + log);

    /// <summary>Items [a, q) take too long on 2^<paramref name="log"/> groups.</summary>
    public bool IsTooLong(SpList list, int a, int q, int log = 0) => Time(Segment(list, a, q), log) > Target;

    /// <param name="level">Stages from this one to the end of the longest path.</param>
    /// <param name="log">Logarithm of the number of groups.</param>
    public bool Fits(in StageMeasure stage, int level, int log)
    {
        long d = 1L << (LogGroup + log);
        if (MicroBatch % d != 0)
            return false;
        double time = Math.Max(Time(stage, log), 2.0 * stage.Traffic * (MicroBatch / d) / _link);
        if (d > 1)
            time += 2.0 * (d - 1) / d * stage.Trained / (d <= _smallestNode ? _withinNode : _link) / _request.MiniBatch * MicroBatch;
        if (time > Target)
            return false;
        long inFlight = _allInFlight ? _request.MiniBatch : Math.Min(_request.MiniBatch, level * MicroBatch);
        double memory = Objective.State(_request, (int)d) * stage.Trained + stage.Frozen + (double)inFlight / d * stage.Saved + stage.Workspace;
        return memory <= _memory;
    }
}
