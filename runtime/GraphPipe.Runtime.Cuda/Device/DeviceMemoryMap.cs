using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Which GPU an address is on, for copies between devices. Filled while devices are laid out, read during runs.</summary>
internal sealed class DeviceMemoryMap
{
    private readonly Lock _gate = new();
    private Block[] _blocks = [];

    public void Add(nint address, long bytes, CudaContext context)
    {
        lock (_gate)
            _blocks = [.. _blocks, new Block(address, bytes, context)];
    }

    public void Remove(nint address)
    {
        lock (_gate)
            _blocks = [.. _blocks.Where(b => b.Address != address)];
    }

    /// <exception cref="ArgumentException">No device has given the address.</exception>
    public CudaContext Owner(nint address)
    {
        foreach (ref readonly var block in Volatile.Read(ref _blocks).AsSpan())
        {
            if (address >= block.Address && address < block.Address + block.Bytes)
                return block.Context;
        }

        throw new ArgumentException($"no CUDA device has the address {address:x}", nameof(address));
    }

    private readonly record struct Block(nint Address, long Bytes, CudaContext Context);
}
