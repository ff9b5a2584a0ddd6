using System.Text;

namespace GraphPipe.MockCuda.Driver;

/// <summary>What devices are asked for. The figures are an A100's where the configuration does not say (CUDA C++ Programming Guide,
/// "Compute capabilities").</summary>
internal static class Device
{
    public const int SharedPerBlock = 48 * 1024;

    public const int SharedPerBlockOptIn = 163 * 1024;

    public const int Multiprocessors = 8;

    public const int MaxPitch = int.MaxValue;

    public static byte[] Name(int device) => Encoding.ASCII.GetBytes($"Mock CUDA device {device}\0");

    /// <summary>CUdevice_attribute by its number; 0 for what the mock has nothing to say about.</summary>
    public static int Attribute(Configuration c, int attribute, int device) => attribute switch
    {
        1 => 1024, // MAX_THREADS_PER_BLOCK
        2 or 3 => 1024, // MAX_BLOCK_DIM_X, Y
        4 => 64, // MAX_BLOCK_DIM_Z
        5 => int.MaxValue, // MAX_GRID_DIM_X
        6 or 7 => 65535, // MAX_GRID_DIM_Y, Z
        8 => SharedPerBlock,
        9 => 64 * 1024, // TOTAL_CONSTANT_MEMORY
        10 => 32, // WARP_SIZE
        11 => MaxPitch,
        12 or 82 => 65536, // MAX_REGISTERS_PER_BLOCK, PER_MULTIPROCESSOR
        13 => 1_410_000, // CLOCK_RATE, kHz
        14 => 512, // TEXTURE_ALIGNMENT
        16 => Multiprocessors,
        19 => 1, // CAN_MAP_HOST_MEMORY
        31 => 1, // CONCURRENT_KERNELS
        33 => device + 1, // PCI_BUS_ID
        36 => 1_215_000, // MEMORY_CLOCK_RATE, kHz
        37 => 5120, // GLOBAL_MEMORY_BUS_WIDTH
        38 => 40 << 20, // L2_CACHE_SIZE
        39 => 2048, // MAX_THREADS_PER_MULTIPROCESSOR
        40 => 3, // ASYNC_ENGINE_COUNT
        41 => 1, // UNIFIED_ADDRESSING
        75 => c.ComputeCapability.Major,
        76 => c.ComputeCapability.Minor,
        78 => 1, // STREAM_PRIORITIES_SUPPORTED
        81 => 164 * 1024, // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
        90 => 1, // COMPUTE_PREEMPTION_SUPPORTED
        91 => 1, // CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM
        97 => SharedPerBlockOptIn,
        115 => 1, // MEMORY_POOLS_SUPPORTED
        _ => 0,
    };
}
