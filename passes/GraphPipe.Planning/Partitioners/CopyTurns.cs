using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Which copy of the stages runs which micro-batch, read off an order of work: the copies take turns of equally many micro-batches.</summary>
internal static class CopyTurns
{
    /// <returns>Micro-batches in a row (<see cref="Replica.Turn"/>); null with GP3013 in <paramref name="diagnostics"/> if there is no such number.</returns>
    public static int? Of(PipelineSchedule order, SchedulePlacement placement, DiagnosticBag diagnostics)
    {
        var first = new StageId(0);
        var deviceOf = new SortedDictionary<MicroBatch, DeviceId>();
        for (int d = 0; d < order.Devices.Length; d++)
        {
            foreach (var task in order.Devices[d].Where(t => t.IsForward && t.Stage == first))
                deviceOf[task.MicroBatch] = new DeviceId(d);
        }

        int turn = deviceOf.TakeWhile(m => m.Value == placement[first]).Count();
        foreach (var (microBatch, device) in deviceOf)
        {
            if (turn > 0 && device == placement[first, microBatch.Index / turn % placement.Copies])
                continue;
            diagnostics.Add(Diagnostic.Error(
                Codes.ScheduleUnsuitable, $"the schedule '{order.Name}' runs {microBatch} on the copy at {device}, but its copies don't take turns of {turn} micro-batches so",
                advice: "copies must take turns of equally many micro-batches, the first one first"));
            return null;
        }

        return turn;
    }
}
