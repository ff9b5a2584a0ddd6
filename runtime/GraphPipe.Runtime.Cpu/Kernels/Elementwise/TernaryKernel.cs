using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(a, b, c) with numpy broadcasting, f32: the gradients of operators of two operands.</summary>
public abstract class TernaryKernel<TOp> : CpuKernel
    where TOp : struct, ITernary
{
    public override CpuCall? Bind(KernelBinding binding) => TernaryCall<TOp>.Bind(binding, (0, 1, 2));
}

/// <summary>A bound f(a, b, c).</summary>
internal sealed unsafe class TernaryCall<TOp>(BroadcastPlan plan, (int A, int B, int C) inputs) : CpuCall
    where TOp : struct, ITernary
{
    /// <param name="inputs">Which inputs are a, b and c.</param>
    /// <returns>Null for other element types than f32.</returns>
    public static TernaryCall<TOp>? Bind(KernelBinding binding, (int A, int B, int C) inputs) => binding.AllAre(DType.F32)
        ? new(BroadcastPlan.Create(binding.Input(inputs.A).Shape.AsSpan(), binding.Input(inputs.B).Shape.AsSpan(), binding.Input(inputs.C).Shape.AsSpan()), inputs)
        : null;

    public override void Run(in KernelContext context)
    {
        var body = new Body
        {
            Plan = plan,
            A = context.Input<float>(inputs.A),
            B = context.Input<float>(inputs.B),
            C = context.Input<float>(inputs.C),
            Y = context.Output<float>(0),
        };
        context.For(plan.Count, Grain.Elements, ref body);
    }

    private struct Body : IRangeBody
    {
        public BroadcastPlan Plan;
        public float* A;
        public float* B;
        public float* C;
        public float* Y;

        public readonly void Run(long from, long to, int worker) => BinaryLoops.Run<TOp>(Plan, A, B, C, Y, from, to);
    }
}
