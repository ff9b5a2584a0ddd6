using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>BACKWARD, BACKWARD_INPUT and BACKWARD_WEIGHT: one function of a stage.</summary>
/// <param name="generation">Updates that come before the micro-batch's own in the run.</param>
/// <param name="isFirst">Whether the sums of the generation begin with it.</param>
/// <param name="isReturned">Whether the micro-batch's saved values have been on the host.</param>
internal sealed class FunctionAction(PlanAction action, StageInstance stage, int generation, bool isFirst, bool isReturned) : BoundAction(action)
{
    private readonly IBoundFunction? _function = stage.Function(FunctionOf(action.Kind), action.Range.Count);
    private readonly nint[] _bases = stage.BasesOf(action.MicroBatch, isReturned, stage.Stash.SlotOf(action));

    public override void Touch(Footprint footprint) => stage.Touch(footprint, FunctionOf(Action.Kind), Action.Range.Count, _bases);

    protected override void Execute(RunState run)
    {
        if (_function is not null)
            Run(_function, _bases, new FunctionRun(run.Step + generation, isFirst));
    }

    private static FunctionKind FunctionOf(ActionKind kind) => kind switch
    {
        ActionKind.Backward => FunctionKind.Backward,
        ActionKind.BackwardInput => FunctionKind.BackwardInput,
        ActionKind.BackwardWeight => FunctionKind.BackwardWeight,
        _ => throw new InvalidOperationException($"{kind} runs no function"),
    };
}
