using GraphPipe.Bundle;

namespace GraphPipe;

/// <summary>
/// For testing the verifier: the same plan with its micro-batches in the opposite order, so that every sum over micro-batches (gradients) is
/// taken from the other end.
/// </summary>
internal static class ReversedSums
{
    /// <exception cref="DiagnosticException">GP8001: with fewer than three micro-batches a sum has no other order.</exception>
    public static ExecutionPlan Of(ExecutionPlan plan)
    {
        if (plan.Stages.All(s => plan.MiniBatch / s.MicroBatch < 3))
            throw new DiagnosticException(Diagnostic.Error(Codes.Usage, "with fewer than three micro-batches their sum has no other order", advice: "use more, --micro-batches 4 for example"));
        PlanAction Turn(PlanAction a)
        {
            if (a.IsStep)
                return a;
            var stage = a.Kind switch { ActionKind.Send => plan[a.Channel].From, ActionKind.Recv => plan[a.Channel].To, _ => a.Stage };
            long count = plan.MiniBatch / plan[stage].MicroBatch;
            return a with { MicroBatch = new MicroBatch((int)(count - 1 - a.MicroBatch.Index)), Range = new SampleRange(plan.MiniBatch - a.Range.End, plan.MiniBatch - a.Range.Start) };
        }

        return plan with { Devices = [.. plan.Devices.Select(d => d with { Actions = [.. d.Actions.Select(Turn)] })] };
    }
}
