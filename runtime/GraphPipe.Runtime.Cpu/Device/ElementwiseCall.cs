using GraphPipe.Runtime.Cpu.Kernels;

namespace GraphPipe.Runtime.Cpu;

/// <summary>A bound call that makes any range of its result's elements alone: from the same range of operands of its shape, and from others spread to it.</summary>
/// <param name="count">Elements of the result.</param>
public abstract unsafe class ElementwiseCall(long count) : CpuCall
{
    public long Count => count;

    public sealed override void Run(in KernelContext context)
    {
        var body = new Body { Call = this, Inputs = context.Inputs, Outputs = context.Outputs };
        context.For(count, Grain.Elements, ref body);
    }

    /// <summary>Makes the elements from ≤ i &lt; to. Called on several threads at once.</summary>
    /// <param name="inputs">Addresses of the operands' first elements.</param>
    /// <param name="outputs">Address of the result's first element; only the range is touched.</param>
    public abstract void Run(byte** inputs, byte** outputs, long from, long to);

    private struct Body : IRangeBody
    {
        public ElementwiseCall Call;
        public byte** Inputs;
        public byte** Outputs;

        public readonly void Run(long from, long to, int worker) => Call.Run(Inputs, Outputs, from, to);
    }
}
