using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>condition ? a : b with numpy broadcasting; a and b of any type.</summary>
[Kernel("Where")]
public sealed unsafe class WhereKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var type = binding.Output(0).Type;
        if (binding.Input(0).Type != DType.Bool || binding.Input(1).Type != type || binding.Input(2).Type != type)
            return null;
        var plan = BroadcastPlan.Create(binding.Input(0).Shape.AsSpan(), binding.Input(1).Shape.AsSpan(), binding.Input(2).Shape.AsSpan());
        return type.Bits() switch
        {
            8 => new Call<byte>(plan),
            16 => new Call<ushort>(plan),
            32 => new Call<uint>(plan),
            64 => new Call<ulong>(plan),
            _ => null,
        };
    }

    private sealed class Call<T>(BroadcastPlan plan) : CpuCall
        where T : unmanaged
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body<T>
            {
                Plan = plan,
                Condition = context.Input<byte>(0),
                A = context.Input<T>(1),
                B = context.Input<T>(2),
                Y = context.Output<T>(0),
            };
            context.For(plan.Count, Grain.Elements, ref body);
        }
    }

    private struct Body<T> : IRangeBody
        where T : unmanaged
    {
        public BroadcastPlan Plan;
        public byte* Condition;
        public T* A;
        public T* B;
        public T* Y;

        public readonly void Run(long from, long to, int worker)
        {
            // Selection moves bits, so the loop of floats serves every type of their size.
            if (sizeof(T) == sizeof(float))
            {
                BinaryLoops.Where(Plan, Condition, (float*)A, (float*)B, (float*)Y, from, to);
                return;
            }

            var at = new BroadcastCursor(in Plan, from, to);
            while (at.Next())
            {
                for (long i = 0; i < at.Length; i++)
                    Y[at.Output + i] = Condition[at.A + i * at.StepA] != 0 ? A[at.B + i * at.StepB] : B[at.C + i * at.StepC];
            }
        }
    }
}
