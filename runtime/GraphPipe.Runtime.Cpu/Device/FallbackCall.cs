namespace GraphPipe.Runtime.Cpu;

/// <summary>A call that a fallback executes.</summary>
internal sealed unsafe class FallbackCall(IFallbackCall call, int inputs, int outputs) : CpuCall
{
    public override void Run(in KernelContext context)
    {
        Span<nint> addresses = stackalloc nint[inputs + outputs];
        for (int i = 0; i < inputs; i++)
            addresses[i] = (nint)context.Input(i);
        for (int i = 0; i < outputs; i++)
            addresses[inputs + i] = (nint)context.Output(i);
        call.Run(addresses[..inputs], addresses[inputs..]);
    }
}
