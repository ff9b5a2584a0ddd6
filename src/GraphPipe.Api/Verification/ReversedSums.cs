using System.Numerics;
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
        if (plan.Stages.Any(s => s.Replica.TakesTurns))
            return WithinCopies(plan);
        // Blocks of whole micro-batches of every stage change places; within them all stays as it is, so that replicas keep their parts.
        long block = plan.Stages.Aggregate(1L, (all, s) => (long)(all / BigInteger.GreatestCommonDivisor(all, s.Samples.Stride) * s.Samples.Stride));
        if (plan.MiniBatch / block < 3)
            throw TooFew();
        PlanAction Turn(PlanAction a)
        {
            if (a.IsStep)
                return a;
            var stage = plan.StageOf(a);
            long at = a.Range.Start / block;
            long shift = (plan.MiniBatch / block - 1 - 2 * at) * block;
            return a with { MicroBatch = new MicroBatch((int)(a.MicroBatch.Index + shift / stage.Samples.Stride)), Range = new SampleRange(a.Range.Start + shift, a.Range.End + shift) };
        }

        return plan with { Devices = [.. plan.Devices.Select(d => d with { Actions = [.. d.Actions.Select(Turn)] })] };
    }

    // Each copy adds up its own micro-batches, so they change places within a copy.
    private static ExecutionPlan WithinCopies(ExecutionPlan plan)
    {
        if (plan.Stages.Any(s => s.Samples.OwnMicroBatches(plan.MiniBatch).Count() < 3))
            throw TooFew();
        PlanAction Turn(PlanAction a)
        {
            if (a.IsStep)
                return a;
            var samples = plan.StageOf(a).Samples;
            var own = samples.OwnMicroBatches(plan.MiniBatch).ToList();
            var other = own[^(1 + own.IndexOf(a.MicroBatch))];
            long shift = (other.Index - a.MicroBatch.Index) * samples.Stride;
            return a with { MicroBatch = other, Range = new SampleRange(a.Range.Start + shift, a.Range.End + shift) };
        }

        return plan with { Devices = [.. plan.Devices.Select(d => d with { Actions = [.. d.Actions.Select(Turn)] })] };
    }

    private static DiagnosticException TooFew() =>
        new(Diagnostic.Error(Codes.Usage, "with fewer than three micro-batches their sum has no other order", advice: "use more, --micro-batches 4 for example"));
}
