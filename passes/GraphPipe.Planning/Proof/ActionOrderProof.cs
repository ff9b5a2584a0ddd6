using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Walks each device's list once and checks every action against what went before it. Whatever a stage needs from elsewhere comes through a
/// channel, so that the order on each device, and equal orders at both ends of each channel, are the whole of correctness but for deadlock.
/// </summary>
internal sealed class ActionOrderProof
{
    private readonly ExecutionPlan _plan;
    private readonly bool _training;
    private readonly DiagnosticBag _faults;
    private readonly Dictionary<long, int>[] _messages;
    private readonly bool[][] _sent;
    private readonly bool[][] _received;
    private readonly List<PlanAction>[] _sends;
    private readonly List<PlanAction>[] _receives;
    private readonly List<int>[] _into;
    private readonly ActionKind?[][] _lastRun;
    private readonly Place[][] _place;
    private readonly int[] _own;
    private readonly int[] _backwards;
    private readonly int[] _steps;
    private readonly WeightVersion[][] _weights;
    private readonly long[] _held;

    /// <summary>Where a micro-batch's saved values are.</summary>
    private enum Place
    {
        Device,
        Host,
        Returned,
    }

    public ActionOrderProof(ExecutionPlan plan, bool training, DiagnosticBag faults)
    {
        _plan = plan;
        _training = training;
        _faults = faults;
        _messages = [.. plan.Channels.Select(MessagesOf)];
        _sent = [.. _messages.Select(m => new bool[m.Count])];
        _received = [.. _sent.Select(s => new bool[s.Length])];
        _sends = [.. plan.Channels.Select(_ => new List<PlanAction>())];
        _receives = [.. plan.Channels.Select(_ => new List<PlanAction>())];
        _into = [.. plan.Stages.Select(_ => new List<int>())];
        foreach (var channel in plan.Channels)
            _into[channel.To.Value].Add(channel.Id.Value);
        _lastRun = [.. plan.Stages.Select(s => new ActionKind?[s.Samples.MicroBatches(plan.MiniBatch)])];
        _place = [.. _lastRun.Select(r => new Place[r.Length])];
        _own = [.. plan.Stages.Select(s => OwnMicroBatches(s).Count())];
        _backwards = new int[plan.Stages.Length];
        _steps = new int[plan.Stages.Length];
        _weights = [.. _lastRun.Select(m => new WeightVersion[m.Length])];
        _held = new long[plan.Stages.Length];
    }

    public void Check()
    {
        foreach (var device in _plan.Devices)
        {
            foreach (var action in device.Actions)
            {
                if (action.Kind is ActionKind.Send or ActionKind.Recv)
                    Message(device.Device, action);
                else
                    Work(device.Device, action);
            }
        }

        foreach (var stage in _plan.Stages)
        {
            foreach (int m in OwnMicroBatches(stage))
            {
                var last = _lastRun[stage.Id.Value][m];
                if (last is null)
                    Error($"{stage.Id} '{stage.Name}' has no forward of micro-batch {m}");
                else if (_training && last is not (ActionKind.Backward or ActionKind.BackwardWeight))
                    Error($"{stage.Id} '{stage.Name}' has no{(last == ActionKind.BackwardInput ? " backward for weights" : " backward")} of micro-batch {m}");
            }

            int updates = _plan.Updates(_plan.MiniBatch);
            if (_training && _steps[stage.Id.Value] < updates)
                Error($"{stage.Id} '{stage.Name}' has {(_steps[stage.Id.Value] == 0 ? "no STEP" : $"{_steps[stage.Id.Value]} of {updates} STEPs")}");
        }

        foreach (var channel in _plan.Channels.Where(c => _training || c.Kind == ChannelKind.Activation))
            BothEnds(channel);
    }

    private void BothEnds(ChannelDecl channel)
    {
        int c = channel.Id.Value;
        if (_sent[c].Contains(false))
            Error($"{channel.Id} '{channel.Name}' does not carry all samples: sent are {_sends[c].Count} of {_sent[c].Length} messages");
        if (_received[c].Contains(false))
            Error($"{channel.Id} '{channel.Name}' is not read out: received are {_receives[c].Count} of {_received[c].Length} messages");
        for (int k = 0; k < Math.Min(_sends[c].Count, _receives[c].Count); k++)
        {
            if (_sends[c][k].Range != _receives[c][k].Range)
            {
                Error($"message {k} of {channel.Id} '{channel.Name}' is sent as '{_sends[c][k]}' and received as '{_receives[c][k]}'");
                return;
            }
        }
    }

    private void Work(DeviceId device, in PlanAction action)
    {
        var stage = _plan[action.Stage];
        int s = stage.Id.Value, m = action.MicroBatch.Index;
        if (stage.Device != device)
        {
            Error($"{action} is on {device}, but {stage.Id} is on {stage.Device}");
            return;
        }

        if (action.Kind == ActionKind.Step)
        {
            Step(stage, action);
            return;
        }

        if (m < 0 || m >= _lastRun[s].Length || !stage.Samples.Has(action.MicroBatch) || action.Range != RangeOf(stage, m))
        {
            Error($"{action} names no micro-batch of {stage.Id}");
            return;
        }

        if (action.IsCopy)
        {
            Copy(stage, action);
            return;
        }

        if (action.IsBackward && _place[s][m] == Place.Host)
            Error($"{action} reads what OFFLOAD has taken to the host, and no RELOAD brings it back before");
        var needs = action.Kind switch
        {
            ActionKind.Forward => (ActionKind?)null,
            ActionKind.BackwardWeight => ActionKind.BackwardInput,
            _ => ActionKind.Forward,
        };
        if (_lastRun[s][m] != needs)
        {
            Error($"{action} comes after {(_lastRun[s][m] is { } last ? PlanAction.Keyword(last) : "nothing")} of its micro-batch, but needs {(needs is { } n ? PlanAction.Keyword(n) : "to be the first")}");
        }

        if (_steps[s] > _plan.GenerationOf(action))
            Error($"{action} comes after the STEP");
        CheckWeights(action, s, m);
        _lastRun[s][m] = action.Kind;
        if (action.Kind != ActionKind.BackwardWeight)
            NeedMessages(action, action.Kind == ActionKind.Forward ? ChannelKind.Activation : ChannelKind.Gradient);
        if (action.Kind == ActionKind.Forward)
        {
            _held[s] += stage.MicroBatch;
            if (_training && _held[s] > stage.InFlight)
                Error($"{action} puts {_held[s]} samples in flight, but {stage.Id} has room for {stage.InFlight}");
        }
        else if (action.Kind != ActionKind.BackwardInput)
        {
            _held[s] -= stage.MicroBatch;
            _backwards[s]++;
        }
    }

    private void Copy(PlannedStage stage, in PlanAction action)
    {
        int s = stage.Id.Value, m = action.MicroBatch.Index;
        bool leaves = action.Kind == ActionKind.Offload;
        if (_lastRun[s][m] != ActionKind.Forward)
            Error($"{action} stands outside the time between its micro-batch's forward and backward");
        if (_place[s][m] != (leaves ? Place.Device : Place.Host))
            Error(leaves ? $"{action} comes twice" : $"{action} has nothing to bring back: no OFFLOAD of its micro-batch comes before");
        _place[s][m] = leaves ? Place.Host : Place.Returned;
    }

    // Weights that exist, or are predicted from some that do, and no further than to the generation's own update; backward as forward.
    private void CheckWeights(in PlanAction action, int s, int m)
    {
        var (updates, ahead) = action.Weights;
        if (action.Kind != ActionKind.Forward)
        {
            if (action.Weights != _weights[s][m])
                Error($"{action} sees {action.Weights}, its forward saw {_weights[s][m]}");
            return;
        }

        _weights[s][m] = action.Weights;
        if (updates > _steps[s] || (ahead > 0 && updates != _steps[s] && !IsShared(action, s, m)))
            Error($"{action} sees {action.Weights}, but {_steps[s]} updates come before it");
        else if (updates + ahead > _plan.GenerationOf(action))
            Error($"{action} sees {action.Weights}, which is beyond its own update");
    }

    // Predicted weights come from the newest; only the first of a generation makes them.
    private bool IsShared(in PlanAction action, int s, int m) =>
        _plan.Generation is { } generation && m > 0 && m * _plan.Stages[s].MicroBatch % generation != 0 && _weights[s][m - 1] == action.Weights;

    private void Step(PlannedStage stage, in PlanAction action)
    {
        int s = stage.Id.Value;
        if (_steps[s] >= _plan.Updates(_plan.MiniBatch))
            Error($"{action} comes twice");
        else if (_plan.Generation is { } samples && action.Range != new SampleRange(_steps[s] * samples, (_steps[s] + 1) * samples))
            Error($"{action} is not of generation {_steps[s]}, which is next");
        _steps[s]++;
        int due = _plan.Generation is { } generation ? (int)(_steps[s] * generation / stage.Samples.Stride) : _own[s];
        if (_backwards[s] < due)
            Error($"{action} comes before the last backward of {stage.Id}");
        foreach (int c in _into[s])
        {
            if (_plan.Channels[c].Kind == ChannelKind.ParameterGradient && !_received[c][0])
                Error($"{action} comes before the gradient '{_plan.Channels[c].Name}' of another stage");
        }
    }

    private void Message(DeviceId device, in PlanAction action)
    {
        var channel = _plan[action.Channel];
        bool isSend = action.Kind == ActionKind.Send;
        var stage = _plan[isSend ? channel.From : channel.To];
        int c = channel.Id.Value, s = stage.Id.Value;
        (isSend ? _sends : _receives)[c].Add(action);
        if (stage.Device != device)
        {
            Error($"{action} is on {device}, but its end of '{channel.Name}' is on {stage.Device}");
            return;
        }

        if (channel.IsPerStep != action.IsStep)
        {
            Error($"{action} is{(action.IsStep ? "" : " not")} an action of the step, but '{channel.Name}' carries one message per {(channel.IsPerStep ? "step" : "micro-batch")}");
            return;
        }

        var other = _plan[isSend ? channel.To : channel.From];
        bool isMessage = _messages[c].TryGetValue(channel.IsPerStep ? 0 : action.Range.Start, out int index);
        if (!channel.IsPerStep && (!isMessage || action.MicroBatch.Index >= _lastRun[s].Length || !stage.Samples.Has(action.MicroBatch) || !other.Samples.Within(RangeOf(stage, action.MicroBatch.Index)).Contains(action.Range)))
        {
            Error($"{action} carries no message of '{channel.Name}', which are what micro-batches of {stage.Id} and of {other.Id} have in common");
            return;
        }

        if (channel.Kind == ChannelKind.Activation && isSend && _place[s][action.MicroBatch.Index] == Place.Host)
            Error($"{action} reads what OFFLOAD has taken to the host");
        var done = (isSend ? _sent : _received)[c];
        if (done[index])
            Error($"{action} comes twice");
        done[index] = true;
        bool isReady = channel.Kind switch
        {
            ChannelKind.Activation => !isSend || _lastRun[s][action.MicroBatch.Index] is not null,
            ChannelKind.Gradient => !isSend || _lastRun[s][action.MicroBatch.Index] is not (null or ActionKind.Forward),
            ChannelKind.ParameterGradient => !isSend || _backwards[s] == _own[s],
            _ => isSend ? _steps[s] > 0 : _backwards[s] == _own[s],
        };
        if (!isReady)
            Error(isSend ? $"{action} comes before '{channel.Name}' is computed" : $"{action} changes a parameter before the last backward of {stage.Id}");
    }

    private void NeedMessages(in PlanAction action, ChannelKind kind)
    {
        foreach (int c in _into[action.Target])
        {
            if (_plan.Channels[c].Kind != kind)
                continue;
            if (_plan[_plan.Channels[c].From].Samples.Within(action.Range).Any(m => !_received[c][_messages[c][m.Start]]))
                Error($"{action} comes before its input '{_plan.Channels[c].Name}' is received");
        }
    }

    private IEnumerable<int> OwnMicroBatches(PlannedStage stage) => stage.Samples.OwnMicroBatches(_plan.MiniBatch).Select(m => m.Index);

    private SampleRange RangeOf(PlannedStage stage, int m)
    {
        var range = stage.Samples.RangeOf(new MicroBatch(m));
        return range with { End = Math.Min(range.End, _plan.MiniBatch) };
    }

    // Messages by their first sample, numbered in ascending order: what a micro-batch of the sender and one of the receiver have in common.
    private Dictionary<long, int> MessagesOf(ChannelDecl channel)
    {
        if (channel.IsPerStep)
            return new Dictionary<long, int> { [0] = 0 };
        var (from, to) = (_plan[channel.From], _plan[channel.To]);
        return OwnMicroBatches(from).SelectMany(m => to.Samples.Within(RangeOf(from, m))).Select((r, i) => (r.Start, i)).ToDictionary(p => p.Start, p => p.i);
    }

    private void Error(string message) => _faults.Add(Diagnostic.Error(Codes.PlanMalformed, message));
}
