using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// The backward of a replica that has no samples in a short mini-batch: the first backward of a stage replaces the gradient sums, and where there
/// is none the sums are those of nothing.
/// </summary>
/// <param name="action">A backward of an empty range.</param>
internal sealed class NoSamplesAction(PlanAction action, StageInstance stage) : BoundAction(action)
{
    private readonly (nint Address, byte[] Zeros)[] _sums =
    [
        .. from parameter in stage.Program.Parameters
           where !parameter.Accumulator.IsNone
           select (stage.AddressOf(parameter.Accumulator, PlanAction.NoMicroBatch), new byte[stage.Program[parameter.Accumulator].Size(0).Value]),
    ];

    public override void Touch(Footprint footprint)
    {
        foreach (var (address, zeros) in _sums)
            footprint.Write(address, zeros.Length);
    }

    protected override void Execute(RunState run)
    {
        foreach (var (address, zeros) in _sums)
            stage.Device.Write(zeros, address, StridedCopy.Whole(zeros.Length));
    }
}
