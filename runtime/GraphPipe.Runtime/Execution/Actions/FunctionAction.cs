using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>BACKWARD, BACKWARD_INPUT, BACKWARD_WEIGHT and STEP: one function of a stage.</summary>
/// <param name="isReturned">Whether the micro-batch's saved values have been on the host.</param>
internal sealed class FunctionAction(PlanAction action, StageInstance stage, long samples, bool isFirst, bool isReturned) : BoundAction(action)
{
    private readonly IBoundFunction? _function = stage.Function(FunctionOf(action.Kind), samples);
    private readonly nint[] _bases = stage.BasesOf(action.MicroBatch, isReturned);

    protected override void Execute(RunState run)
    {
        if (Action.Kind == ActionKind.Step)
            run.MarkStepped();
        if (_function is not null)
            Run(_function, _bases, new FunctionRun(run.Step, isFirst));
    }

    private static FunctionKind FunctionOf(ActionKind kind) => kind switch
    {
        ActionKind.Backward => FunctionKind.Backward,
        ActionKind.BackwardInput => FunctionKind.BackwardInput,
        ActionKind.BackwardWeight => FunctionKind.BackwardWeight,
        ActionKind.Step => FunctionKind.Update,
        _ => throw new InvalidOperationException($"{kind} runs no function"),
    };
}
