namespace GraphPipe.Runtime.Cuda;

/// <summary>What a bound call gets for one run: device addresses and the place in the step.</summary>
/// <param name="inputs">Addresses of the operands, 0 for one that is left out.</param>
/// <param name="outputs">Addresses of the results.</param>
public readonly ref struct CallContext(ReadOnlySpan<nint> inputs, ReadOnlySpan<nint> outputs, FunctionRun run)
{
    private readonly ReadOnlySpan<nint> _inputs = inputs;
    private readonly ReadOnlySpan<nint> _outputs = outputs;

    public FunctionRun Run { get; } = run;

    public nint Input(int i) => _inputs[i];

    public nint Output(int i) => _outputs[i];
}
