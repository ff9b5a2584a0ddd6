using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A plan's order of work as torch.distributed.pipelining reads it (<c>_PipelineScheduleRuntime._load_csv(file, format="compute_only")</c>): a line
/// per rank, the notation of <see cref="ScheduleCsv"/>. Sends and receives are torch's own to add.
/// </summary>
internal static class TorchSchedule
{
    /// <returns>Null with GP3030 if stages differ in micro-batches or have replicas; with what the schedule says if it does not suit.</returns>
    public static string? Write(PipelinePlan plan, ScheduleChoice choice, IReadOnlyList<string> devices, DiagnosticBag diagnostics)
    {
        if (plan.Stages.Any(s => s.MicroBatch != plan.Stages[0].MicroBatch || s.Devices.Length > 1))
        {
            diagnostics.Add(PlanExport.Refusal("stages differ in the size of their micro-batches or have replicas; a rank of torch's table is one device, and a micro-batch the same on all", "plan with one --micro-batch and without --max-replicas"));
            return null;
        }

        var place = devices.Select((d, i) => (d, i)).ToDictionary(p => p.d, p => new DeviceId(p.i));
        var graph = StageGraph.Of(plan, s => place[s.Devices[0]]);
        if (choice.Find(diagnostics)?.Generate(new(graph, devices.Count), diagnostics) is not { } schedule)
            return null;
        if (schedule.Updates is not null)
        {
            diagnostics.Add(PlanExport.Refusal($"the schedule '{schedule.Name}' updates while micro-batches are under way, which torch's tables can't say", "plan with a synchronous schedule"));
            return null;
        }

        // A device without work is no rank.
        return ScheduleCsv.Write(schedule with { Devices = [.. schedule.Devices.Where(d => !d.IsEmpty)] });
    }
}
