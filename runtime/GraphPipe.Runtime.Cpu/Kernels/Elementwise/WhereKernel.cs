using System.Runtime.CompilerServices;
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

    private sealed class Call<T>(BroadcastPlan plan) : ElementwiseCall(plan.Count)
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(byte** inputs, byte** outputs, long from, long to)
        {
            byte* condition = inputs[0];
            T* a = (T*)inputs[1], b = (T*)inputs[2], y = (T*)outputs[0];

            // Selection moves bits, so the loop of floats serves every type of their size.
            if (sizeof(T) == sizeof(float))
            {
                BinaryLoops.Where(plan, condition, (float*)a, (float*)b, (float*)y, from, to);
                return;
            }

            var at = new BroadcastCursor(in plan, from, to);
            while (at.Next())
            {
                for (long i = 0; i < at.Length; i++)
                    y[at.Output + i] = condition[at.A + i * at.StepA] != 0 ? a[at.B + i * at.StepB] : b[at.C + i * at.StepC];
            }
        }
    }
}
