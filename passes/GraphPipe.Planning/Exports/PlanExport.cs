using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What other tools' launch scripts take.</summary>
public enum PlanExportFormat
{
    /// <summary>Megatron-LM's <c>--pipeline-model-parallel-layout</c>.</summary>
    Megatron,

    /// <summary>Python: the <c>split_spec</c> of <c>torch.distributed.pipelining.pipeline</c>.</summary>
    Torch,

    /// <summary>The order of work as torch.distributed.pipelining's <c>_PipelineScheduleRuntime._load_csv</c> reads it.</summary>
    Csv,
}

/// <summary>A plan in the words of another tool.</summary>
public static class PlanExport
{
    /// <param name="plan">Its nodes are numbered in the order of the model, as the compiler numbers them, and named as torch.onnx names nodes.</param>
    /// <param name="schedule">The plan's schedule.</param>
    /// <param name="devices">The devices that it was planned for, in order.</param>
    /// <returns>
    /// The text, with a line break at its end. Null with GP3030 in <paramref name="diagnostics"/> if the tool can't run such a plan; also what
    /// making the schedule may say.
    /// </returns>
    public static string? Write(PipelinePlan plan, PlanExportFormat format, ScheduleChoice schedule, IReadOnlyList<string> devices, DiagnosticBag diagnostics)
    {
        if (StageChain.Of(plan, diagnostics) is not { } chain)
            return null;
        return format switch
        {
            PlanExportFormat.Megatron => MegatronLayout.Write(chain, devices, diagnostics),
            PlanExportFormat.Torch => TorchSplit.Write(chain, diagnostics),
            _ => TorchSchedule.Write(plan, schedule, devices, diagnostics),
        };
    }

    internal static Diagnostic Refusal(string message, string advice) => Diagnostic.Error(Codes.PlanNotExportable, message, advice: advice);
}
