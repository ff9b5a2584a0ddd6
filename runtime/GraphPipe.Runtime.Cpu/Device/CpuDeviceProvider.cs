using System.Reflection;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu;

/// <summary>CPU devices that share the machine's cores evenly.</summary>
public sealed class CpuDeviceProvider : IDeviceProvider
{
    private readonly int? _threads;
    private readonly IKernelFallback? _fallback;
    private readonly KernelRegistry<CpuKernel> _kernels;

    /// <param name="threads">Threads of each device; by default the machine's cores divided by the devices.</param>
    /// <param name="fallback">Asked for calls that have no kernel.</param>
    /// <param name="kernelAssemblies">Assemblies with more kernels; theirs come before ours.</param>
    public CpuDeviceProvider(int? threads = null, IKernelFallback? fallback = null, params IEnumerable<Assembly> kernelAssemblies)
    {
        _threads = threads;
        _fallback = fallback;
        _kernels = new KernelRegistry<CpuKernel>([typeof(CpuDeviceProvider).Assembly, .. kernelAssemblies]);
    }

    /// <summary>The ops that have a kernel.</summary>
    public IEnumerable<string> Ops => _kernels.Ops;

    public bool Provides(DeviceName name) => name.Kind == "cpu";

    public int ThreadsPerDevice(int count) => _threads ?? Math.Max(1, Environment.ProcessorCount / count);

    public IDevice Open(DeviceName name, int count) => new CpuDevice(name, ThreadsPerDevice(count), _kernels, _fallback);
}
