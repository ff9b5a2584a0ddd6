using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The part of the proof that the rest relies on: numbers that exist, one list per device, sizes that make sense.</summary>
internal static class PlanShapeProof
{
    public static void Check(ExecutionPlan plan, DiagnosticBag faults)
    {
        void Error(string message) => faults.Add(Diagnostic.Error(Codes.PlanMalformed, message));
        if (plan.MiniBatch < 1)
            Error($"the mini-batch has {plan.MiniBatch} samples");
        if (plan.Generation is { } generation)
        {
            if (generation < 1 || plan.MiniBatch % generation != 0)
                Error($"generations of {generation} samples do not divide the mini-batch of {plan.MiniBatch}");
            foreach (var stage in plan.Stages.Where(s => s.MicroBatch < 1 || generation % s.MicroBatch != 0 || s.Replica != Replica.Only))
                Error($"{stage.Id} has micro-batches of {stage.MicroBatch} samples as replica {stage.Replica}, in generations of {generation}");
            foreach (var channel in plan.Channels.Where(c => c.IsPerStep))
                Error($"{channel.Id} '{channel.Name}' is for one update after all work, but there is one after every {generation} samples");
            if (faults.HasErrors)
                return;
        }

        for (int s = 0; s < plan.Stages.Length; s++)
        {
            var stage = plan.Stages[s];
            if (stage.Id.Value != s)
                Error($"stage {s} is numbered {stage.Id.Value}");
            if (stage.MicroBatch < 1)
                Error($"stage {s} has micro-batches of {stage.MicroBatch} samples");
            if (stage.Resident is { } resident && (resident < 1 || stage.MicroBatch < 1 || resident % stage.MicroBatch != 0))
                Error($"stage {s} has {resident} samples resident, which are no whole micro-batches of {stage.MicroBatch}");
            if (stage.Replica.Index < 0 || stage.Replica.Index >= stage.Replica.Count || stage.Replica.Turn < 0)
                Error($"stage {s} is replica {stage.Replica}");
            if (!plan.Devices.Any(d => d.Device == stage.Device))
                Error($"stage {s} is on {stage.Device}, which has no list of actions");
        }

        for (int c = 0; c < plan.Channels.Length; c++)
        {
            var channel = plan.Channels[c];
            if (channel.Id.Value != c)
                Error($"channel {c} is numbered {channel.Id.Value}");
            if (channel.Depth < 1)
                Error($"channel {c} '{channel.Name}' has depth {channel.Depth}");
            if (channel.From.Value < 0 || channel.From.Value >= plan.Stages.Length || channel.To.Value < 0 || channel.To.Value >= plan.Stages.Length)
                Error($"channel {c} '{channel.Name}' runs from {channel.From} to {channel.To}, but there are {plan.Stages.Length} stages");
        }

        foreach (var twice in plan.Devices.GroupBy(d => d.Device).Where(g => g.Count() > 1))
            Error($"{twice.Key} has {twice.Count()} lists of actions");
        foreach (var device in plan.Devices)
        {
            if (device.Device.Value < 0 || device.Device.Value >= plan.Mesh.Count)
                Error($"{device.Device} is not in the mesh of {plan.Mesh.Count}");
            foreach (var action in device.Actions)
            {
                int targets = action.Kind is ActionKind.Send or ActionKind.Recv ? plan.Channels.Length : plan.Stages.Length;
                if (action.Target < 0 || action.Target >= targets)
                    Error($"{action} on {device.Device} names something that does not exist");
            }
        }
    }
}
