using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>BACKWARD, BACKWARD_INPUT, BACKWARD_WEIGHT and STEP: one function of a stage.</summary>
internal sealed class FunctionAction(PlanAction action, StageInstance stage, long samples, bool isFirst) : BoundAction(action)
{
    private readonly IBoundFunction? _function = stage.Function(FunctionOf(action.Kind), samples);
    private readonly nint[] _bases = stage.BasesOf(action.MicroBatch);

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
