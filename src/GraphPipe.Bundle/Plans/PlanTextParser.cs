using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Reads a plan's text and checks that its parts fit together: an action stands on the device of its stage or its channel's end, ranges lie
/// in the mini-batch, batch layouts fit their shapes.
/// </summary>
internal sealed class PlanTextParser(string name)
{
    private const int MostErrors = 20;
    private const int MostReplicas = 1 << 20;

    private readonly DiagnosticBag _errors = new();
    private readonly PlanTextNames _deviceNames = new([]);
    private readonly PlanTextNames _stageNames = new([]);
    private readonly PlanTextNames _channelNames = new([]);
    private readonly ImmutableArray<DeviceName>.Builder _mesh = ImmutableArray.CreateBuilder<DeviceName>();
    private readonly ImmutableArray<PlannedStage>.Builder _stages = ImmutableArray.CreateBuilder<PlannedStage>();
    private readonly ImmutableArray<ChannelDecl>.Builder _channels = ImmutableArray.CreateBuilder<ChannelDecl>();
    private readonly List<(DeviceId Device, ImmutableArray<PlanAction>.Builder Actions)> _devices = [];
    private readonly HashSet<string> _seen = [];

    private long _miniBatch;
    private long? _generation;
    private string _schedule = "";
    private Section _section;

    private enum Section
    {
        Head,
        Stages,
        Channels,
        Devices,
    }

    public ExecutionPlan Parse(string text)
    {
        int number = 0;
        bool started = false;
        foreach (var span in text.AsSpan().EnumerateLines())
        {
            number++;
            string line = span.TrimEnd().ToString();
            if (string.IsNullOrWhiteSpace(line) || line.AsSpan().TrimStart().StartsWith("//"))
                continue;
            try
            {
                if (started)
                    ReadLine(new PlanTextLine(line));
                else
                    ReadHeader(new PlanTextLine(line));
                started = true;
            }
            catch (PlanTextException e)
            {
                _errors.Add(Diagnostic.Error(Codes.PlanMalformed, e.Message, $"{name}:{number}"));
                if (!started || _errors.All.Count >= MostErrors)
                    break;
            }
        }

        _errors.ThrowIfErrors();
        foreach (string part in (ReadOnlySpan<string>)["mini_batch", "schedule", "mesh"])
        {
            if (!_seen.Contains(part))
                throw new DiagnosticException(Diagnostic.Error(Codes.PlanMalformed, $"the plan has no line '{part}'", $"{name}:{Math.Max(number, 1)}"));
        }

        return new ExecutionPlan(
            _miniBatch,
            _schedule,
            new DeviceMesh(_mesh.ToImmutable()),
            _stages.ToImmutable(),
            _channels.ToImmutable(),
            [.. _devices.Select(d => new DeviceActions(d.Device, d.Actions.ToImmutable()))])
        {
            Generation = _generation,
        };
    }

    private static void ReadHeader(PlanTextLine line)
    {
        string word = line.Word("a plan");
        if (word != PlanText.Header)
            throw new PlanTextException($"a plan begins with '{PlanText.Header} {PlanText.Version}'");
        line.Number("the version of a plan", PlanText.Version, PlanText.Version);
        line.End();
    }

    private void ReadLine(PlanTextLine line)
    {
        string keyword = line.Word("a keyword");
        switch (keyword)
        {
            case "mini_batch" or "schedule" or "mesh" or "generation":
                Enter(Section.Head, keyword);
                if (!_seen.Add(keyword))
                    throw new PlanTextException($"'{keyword}' stands there twice");
                ReadHead(keyword, line);
                break;
            case "stage":
                Enter(Section.Stages, keyword);
                ReadStage(line);
                break;
            case "channel":
                Enter(Section.Channels, keyword);
                ReadChannel(line);
                break;
            case "device":
                Enter(Section.Devices, keyword);
                var device = new DeviceId(line.Reference("device", _deviceNames));
                if (_devices.Exists(d => d.Device == device))
                    throw new PlanTextException($"{device} has two lists of actions");
                _devices.Add((device, ImmutableArray.CreateBuilder<PlanAction>()));
                break;
            default:
                if (_devices.Count == 0)
                    throw new PlanTextException($"'{keyword}' is no part of a plan here");
                _devices[^1].Actions.Add(ReadAction(keyword, line, _devices[^1].Device));
                break;
        }

        line.End();
    }

    private void Enter(Section section, string keyword)
    {
        if (section < _section)
            throw new PlanTextException($"'{keyword}' comes too late: a plan has its head, then stages, channels, devices");
        _section = section;
    }

    private void ReadHead(string keyword, PlanTextLine line)
    {
        if (keyword == "mini_batch")
        {
            _miniBatch = line.Number("the mini-batch", 1, long.MaxValue);
        }
        else if (keyword == "generation")
        {
            _generation = line.Number("a generation", 1, long.MaxValue);
        }
        else if (keyword == "schedule")
        {
            _schedule = line.Name("a schedule's name");
        }
        else
        {
            while (!line.AtEnd)
            {
                string text = line.Name("a device");
                try
                {
                    _mesh.Add(DeviceName.Parse(text));
                    _deviceNames.Add(_mesh[^1].ToString());
                }
                catch (FormatException)
                {
                    throw new PlanTextException($"'{text}' is no device such as cpu:0");
                }
            }
        }
    }

    private void ReadStage(PlanTextLine line)
    {
        string stage = line.Name("a stage's name");
        line.Keyword("on");
        int device = line.Reference("device", _deviceNames);
        line.Keyword("micro_batch");
        long microBatch = line.Number("the micro-batch", 1, long.MaxValue);
        line.Keyword("in_flight");
        long inFlight = line.Number("in_flight", 0, long.MaxValue);
        long? resident = line.TryKeyword("resident") ? line.Number("resident", 1, long.MaxValue) : null;
        var replica = Replica.Only;
        if (line.TryKeyword("replica"))
        {
            int index = (int)line.Number("a replica", 0, MostReplicas - 1);
            line.Keyword("of");
            int count = (int)line.Number("the number of replicas", index + 1, MostReplicas);
            if (microBatch > long.MaxValue / MostReplicas / 2)
                throw new PlanTextException($"{count} times {microBatch} samples are too many");
            replica = new Replica(index, count, line.TryKeyword("turn") ? (int)line.Number("micro-batches in a row", 1, int.MaxValue / MostReplicas) : 0);
        }

        _stages.Add(new PlannedStage(new StageId(_stages.Count), stage, new DeviceId(device), microBatch, inFlight) { Replica = replica, Resident = resident });
        _stageNames.Add(stage);
    }

    private void ReadChannel(PlanTextLine line)
    {
        string channel = line.Name("a channel's name");
        string kindText = line.Word("a kind of channel");
        if (!Spelling.TryRead(kindText, out ChannelKind kind))
            throw new PlanTextException($"'{kindText}' is none of {Spelling.All<ChannelKind>()}");
        var (type, shape) = line.Tensor();
        var batch = line.Batch();
        if (BufferRules.Fault(shape.Dims.AsSpan()) is { } shapeFault)
            throw new PlanTextException(shapeFault);
        if (batch is not null && BufferRules.Fault(shape, batch) is { } fault)
            throw new PlanTextException(fault);
        line.Keyword("from");
        int from = line.Reference("stage", _stageNames);
        line.Keyword("to");
        int to = line.Reference("stage", _stageNames);
        line.Keyword("depth");
        int depth = (int)line.Number("the depth", 0, int.MaxValue);
        _channels.Add(new ChannelDecl(new ChannelId(_channels.Count), channel, kind, type, shape, batch, new StageId(from), new StageId(to), depth));
        _channelNames.Add(channel);
    }

    private PlanAction ReadAction(string keyword, PlanTextLine line, DeviceId device)
    {
        ActionKind? known = null;
        foreach (var candidate in Enum.GetValues<ActionKind>())
        {
            if (PlanAction.Keyword(candidate) == keyword)
                known = candidate;
        }

        if (known is not { } kind)
            throw new PlanTextException($"'{keyword}' is no action");
        bool moves = kind is ActionKind.Send or ActionKind.Recv;
        int target = moves ? line.Reference("channel", _channelNames) : line.Reference("stage", _stageNames);
        var stage = !moves ? _stages[target] : _stages[(kind == ActionKind.Send ? _channels[target].From : _channels[target].To).Value];
        if (stage.Device != device)
            throw new PlanTextException($"stage '{stage.Name}' is on {stage.Device}, not on {device}");
        bool once = kind == ActionKind.Step || (moves && _channels[target].IsPerStep);
        if (once)
            return new PlanAction(kind, target, PlanAction.NoMicroBatch, line.AtEnd ? default : line.Range(_miniBatch));
        line.Keyword("mb");
        var microBatch = new MicroBatch((int)line.Number("a micro-batch", 0, int.MaxValue));
        return new PlanAction(kind, target, microBatch, line.Range(_miniBatch))
        {
            Weights = line.TryKeyword("weights")
                ? new WeightVersion((int)line.Number("a number of updates", 0, int.MaxValue), line.TryKeyword("ahead") ? (int)line.Number("updates ahead", 1, int.MaxValue) : 0)
                : default,
        };
    }
}
