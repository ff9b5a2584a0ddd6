using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A function to bind: its calls at <paramref name="Samples"/> samples, over buffers whose places are in <paramref name="Memory"/>.</summary>
public sealed record FunctionBinding(StageProgram Program, StageFunction Function, StageMemory Memory, long Samples)
{
    /// <summary>Where the device keeps the time of each call; null if nobody wants to know.</summary>
    public CallClock? Clock { get; init; }
}

/// <summary>What a run of a function has to know beside its bound calls.</summary>
/// <param name="Step">Number of the step, from 1; 0 outside training.</param>
/// <param name="IsFirstMicroBatch">True for the micro-batch whose gradients replace the sums of the step before.</param>
public readonly record struct FunctionRun(long Step, bool IsFirstMicroBatch)
{
    /// <summary>Updates that Predict looks ahead; it starts from the weights after <see cref="Step"/> updates.</summary>
    public int Ahead { get; init; }
}

/// <summary>A stage function whose kernels, shapes and operand places are fixed.</summary>
public interface IBoundFunction
{
    /// <summary>The call in execution, or the last one.</summary>
    KernelCall? Current { get; }

    /// <summary>Runs all calls in order. Allocates nothing.</summary>
    /// <param name="bases">For each <see cref="BufferLife"/> the address that offsets count from.</param>
    /// <param name="run">The step and the place of the micro-batch in it.</param>
    /// <exception cref="DiagnosticException">GP7007: an operand holds a value that the operator can't have.</exception>
    void Run(ReadOnlySpan<nint> bases, in FunctionRun run);
}
