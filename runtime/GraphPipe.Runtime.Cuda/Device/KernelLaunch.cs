using System.Runtime.InteropServices;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Groups and threads of a launch, one axis of threads.</summary>
/// <param name="X">Groups along the first axis, at most 2³¹ − 1.</param>
/// <param name="Threads">Threads of a group.</param>
/// <param name="Y">Groups along the second axis, at most 65535.</param>
/// <param name="Z">Groups along the third axis, at most 65535.</param>
public readonly record struct LaunchShape(int X, int Threads, int Y = 1, int Z = 1)
{
    /// <summary>Threads of a group where elements don't talk to each other.</summary>
    public const int Wide = 256;

    /// <summary>Beyond an operand's elements kernels count on by less than this: twice the 65,536 threads that a loss has at most.</summary>
    public const int Margin = 1 << 17;

    /// <summary>A thread for each of <paramref name="count"/> elements.</summary>
    public static LaunchShape Over(long count) => new(checked((int)((count + Wide - 1) / Wide)), Wide);
}

/// <summary>
/// A launch with everything fixed but addresses: the parameters lie ready in unmanaged memory as the driver wants them, a view as its address
/// and its length (16 bytes, ILGPU's layout), behind them one structure of numbers.
/// </summary>
public sealed unsafe class KernelLaunch
{
    /// <summary>A view among a kernel's parameters: its address and its length.</summary>
    internal const int ViewBytes = 16;

    private readonly LaunchResources _resources;
    private readonly nint _function;
    private readonly LaunchShape _shape;
    private readonly Operand[] _operands;
    private readonly void** _parameters;
    private readonly byte* _block;
    private readonly int _numbers;

    internal KernelLaunch(LaunchResources resources, nint function, LaunchShape shape, Operand[] operands, ReadOnlySpan<byte> numbers)
    {
        _resources = resources;
        _function = function;
        _shape = shape;
        _operands = operands;
        _numbers = operands.Length * ViewBytes;
        _block = (byte*)resources.Host(_numbers + numbers.Length + (operands.Length + 1) * sizeof(nint));
        _parameters = (void**)(_block + _numbers + (numbers.Length + 7) / 8 * 8);
        for (int i = 0; i < operands.Length; i++)
        {
            _parameters[i] = _block + i * ViewBytes;
            ((long*)_parameters[i])[1] = operands[i].Count;
        }

        _parameters[operands.Length] = _block + _numbers;
        numbers.CopyTo(new Span<byte>(_block + _numbers, numbers.Length));
    }

    /// <summary>The structure of numbers, for calls that change it from run to run. The driver copies it when the launch is enqueued.</summary>
    public ref T Numbers<T>()
        where T : unmanaged => ref *(T*)(_block + _numbers);

    /// <summary>Puts the launch into the device's queue; a launch over nothing is none.</summary>
    public void Enqueue(in CallContext context)
    {
        if (_shape.X == 0 || _shape.Y == 0 || _shape.Z == 0)
            return;
        for (int i = 0; i < _operands.Length; i++)
        {
            ref readonly var operand = ref _operands[i];
            *(nint*)_parameters[i] = operand.Kind switch
            {
                OperandKind.Input => context.Input(operand.Number),
                OperandKind.Output => context.Output(operand.Number),
                OperandKind.Scratch => _resources.Scratch,
                OperandKind.Table => _resources.Tables[operand.Number],
                _ => _resources.Faults.Address,
            };
        }

        var driver = _resources.Context.Driver;
        driver.Check(
            driver.LaunchKernel(_function, (uint)_shape.X, (uint)_shape.Y, (uint)_shape.Z, (uint)_shape.Threads, 1, 1, 0, _resources.Stream, _parameters, null), "cuLaunchKernel");
    }
}

/// <summary>What all launches of a device share.</summary>
internal sealed unsafe class LaunchResources(CudaContext context, nint stream, nint scratch, ValueFaults faults, CublasHandle? cublas) : IDisposable
{
    private readonly List<nint> _blocks = [];
    private readonly List<nint> _tables = [];

    /// <summary>Device addresses.</summary>
    public IReadOnlyList<nint> Tables => _tables;

    public CudaContext Context => context;

    public nint Stream => stream;

    public nint Scratch => scratch;

    public ValueFaults Faults => faults;

    public CublasHandle? Cublas => cublas;

    /// <summary>Copies bytes to device memory of their own. Waits.</summary>
    /// <returns>The table's number.</returns>
    public int AddTable(ReadOnlySpan<byte> bytes)
    {
        var driver = context.Driver;
        nint address = 0;
        driver.CheckLoading(driver.MemoryAllocate(&address, (nuint)Math.Max(1, bytes.Length)), "cuMemAlloc", context.Name);
        _tables.Add(address);
        fixed (byte* source = bytes)
            driver.Check(bytes.IsEmpty ? 0 : driver.CopyToDevice(address, source, (nuint)bytes.Length, stream), "cuMemcpyHtoDAsync");
        driver.Check(driver.StreamSynchronize(stream), "cuStreamSynchronize");
        return _tables.Count - 1;
    }

    /// <summary>Zeroed host memory until the device is disposed.</summary>
    public void* Host(int bytes)
    {
        void* block = NativeMemory.AllocZeroed((nuint)bytes + 8);
        _blocks.Add((nint)block);
        return block;
    }

    public void Dispose()
    {
        cublas?.Dispose();
        foreach (nint table in _tables)
            _ = context.Driver.MemoryFree(table);
        _tables.Clear();
        foreach (nint block in _blocks)
            NativeMemory.Free((void*)block);
        _blocks.Clear();
    }
}
