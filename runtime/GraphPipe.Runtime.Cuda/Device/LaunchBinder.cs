using System.Runtime.InteropServices;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Driver;
using GraphPipe.Runtime.Cuda.Fusion;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Makes the launches of a call that is being bound: compiles the kernel for the device's GPU if need be.</summary>
public sealed class LaunchBinder
{
    private readonly LaunchResources _resources;
    private readonly KernelCall _call;

    internal LaunchBinder(LaunchResources resources, KernelCall call) => (_resources, _call) = (resources, call);

    /// <summary>Bytes of the device's working memory.</summary>
    public static Bytes ScratchBytes => MemoryPlan.ScratchPerThread;

    /// <summary>cuBLAS on the device's stream; null where it is not installed or not wanted.</summary>
    internal CublasHandle? Cublas => _resources.Cublas;

    /// <param name="kernel">A static method: a view per operand, then a structure of type <typeparamref name="TNumbers"/>.</param>
    /// <param name="shape">Groups and threads.</param>
    /// <param name="numbers">By value: sizes, strides, attributes. Its fields must be numbers of 4 or 8 bytes.</param>
    /// <param name="operands">The views, in the order of the parameters.</param>
    public KernelLaunch Launch<TNumbers>(Delegate kernel, LaunchShape shape, TNumbers numbers, params Operand[] operands)
        where TNumbers : unmanaged
    {
        if (kernel.Method.GetParameters().Length != operands.Length + 1 || kernel.Method.GetParameters()[^1].ParameterType != typeof(TNumbers))
            throw new ArgumentException($"{KernelSource.FromDelegate(kernel)} does not take {operands.Length} views and {typeof(TNumbers).Name}", nameof(kernel));
        return new KernelLaunch(_resources, _resources.Context.Function(kernel), shape, operands, MemoryMarshal.AsBytes(new ReadOnlySpan<TNumbers>(in numbers)));
    }

    /// <summary>A launch of elementwise functions, of a reduction, or of both.</summary>
    internal KernelLaunch Launch(FusedLaunch launch) =>
        new(_resources, _resources.Context.Function(launch.Structure), launch.Shape, [.. launch.Operands], launch.Numbers.AsSpan());

    /// <summary>Numbers that a kernel looks up, on the device as long as it is open. Like the kernels' code they are no part of a memory plan; for a few kilobytes.</summary>
    public Operand Table<T>(ReadOnlySpan<T> values)
        where T : unmanaged => new(OperandKind.Table, _resources.AddTable(MemoryMarshal.AsBytes(values)), values.Length);

    /// <summary>A number under which kernels of this call report a value that can't be.</summary>
    /// <param name="what">E.g. <c>index {0} is outside an axis of length {1}</c>.</param>
    /// <param name="limit">For {1}.</param>
    public long Fault(string what, long limit) => _resources.Faults.Register(_call, what, limit);
}
