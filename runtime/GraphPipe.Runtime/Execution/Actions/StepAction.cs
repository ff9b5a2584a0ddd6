using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>STEP: saves the weights for the micro-batches that still need them as they are, and updates them.</summary>
/// <param name="stage">The stage, bound at its full micro-batch.</param>
/// <param name="generation">Updates that come before it in the run.</param>
internal sealed class StepAction(PlanAction action, StageInstance stage, int generation) : BoundAction(action)
{
    private readonly IBoundFunction? _update = stage.Function(FunctionKind.Update, stage.Stage.MicroBatch);
    private readonly nint[] _bases = stage.BasesOf(PlanAction.NoMicroBatch, isReturned: false);
    private readonly int _slot = stage.Stash.SlotOf(action);

    public override void Touch(Footprint footprint)
    {
        if (_slot != WeightStash.Home)
            stage.TouchCopyOfWeights(footprint, _slot);
        stage.Touch(footprint, FunctionKind.Update, stage.Stage.MicroBatch, _bases);
    }

    protected override void Execute(RunState run)
    {
        // A loss that is not finite, and a value that can't be, is told before any parameter changes.
        run.ConfirmForwards(generation);
        run.MarkStepped();
        if (_slot != WeightStash.Home)
            stage.Device.Copy(DeviceQueue.Compute, stage.WeightsAt(WeightStash.Home), stage.WeightsAt(_slot), StridedCopy.Whole(stage.Stash.VersionSize.Value));
        if (_update is not null)
            Run(_update, _bases, new FunctionRun(run.Step + generation, IsFirstMicroBatch: true));
    }
}
