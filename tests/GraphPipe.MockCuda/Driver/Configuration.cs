using System.Globalization;

namespace GraphPipe.MockCuda.Driver;

/// <summary>What the mock pretends to be. Read from the variable MOCK_CUDA when cuInit is called, or given to mockConfigure, as
/// "devices=2;cc=9.0;seed=7".</summary>
internal sealed record Configuration
{
    /// <summary>devices: how many.</summary>
    public int Devices { get; init; } = 4;

    /// <summary>cc: compute capability, 7.0 to 12.0.</summary>
    public Version ComputeCapability { get; init; } = new(8, 0);

    /// <summary>memory: bytes per device.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>peer: 1 where devices may read each other's memory once access is enabled.</summary>
    public bool PeerAccess { get; init; } = true;

    /// <summary>driver: as cuDriverGetVersion gives it, 1000·major + 10·minor.</summary>
    public int DriverVersion { get; init; } = 12040;

    /// <summary>ptx: newest PTX ISA version accepted.</summary>
    public Version PtxVersion { get; init; } = new(8, 4);

    /// <summary>seed: decides the interleaving of streams and the order of warps.</summary>
    public int Seed { get; init; }

    /// <summary>oom: the allocation that fails, counted from 1 over all devices; 0 for none.</summary>
    public int FailAllocation { get; init; }

    /// <summary>graph: the instantiation of a graph that fails for want of memory, counted from 1; 0 for none.</summary>
    public int FailInstantiation { get; init; }

    /// <summary>hostoom: the allocation of host memory that fails, counted from 1; 0 for none.</summary>
    public int FailHostAllocation { get; init; }

    /// <summary>event: the event that finds no memory, counted from 1; 0 for none.</summary>
    public int FailEvent { get; init; }

    /// <summary>moduleoom: the module that finds no memory, counted from 1; 0 for none.</summary>
    public int FailModule { get; init; }

    /// <summary>init: what cuInit gives, e.g. 802 where the fabric manager does not run; without GPUs 100, as NVIDIA's does.</summary>
    public CudaResult InitResult { get; init; }

    /// <summary>retain: what cuDevicePrimaryCtxRetain gives, e.g. 46 for a GPU that another process has; 0 where it works.</summary>
    public CudaResult RetainResult { get; init; }

    /// <summary>peers: devices whose memory a context may reach at most; what it asks for beyond is 711.</summary>
    public int MaxPeers { get; init; } = int.MaxValue;

    /// <summary>blas: the status of cublasCreate, e.g. 1 for a cuBLAS that is too new for the driver; 0 where it works.</summary>
    public int BlasStatus { get; init; }

    /// <summary>blasoom: the cuBLAS handle that finds no memory (status 3), counted from 1; 0 for none.</summary>
    public int FailBlasHandle { get; init; }

    /// <summary>fail: the launch, of a kernel or a graph, that fails with CUDA_ERROR_LAUNCH_FAILED, counted from 1; 0 for none.</summary>
    public int FailLaunch { get; init; }

    /// <summary>pitch: cuMemcpy2DAsync within a device refuses pitches that are no multiple of it, as the API lets a driver do with those that
    /// cuMemAllocPitch would not give.</summary>
    public int Pitch { get; init; } = 1;

    /// <summary>limit: warp instructions after which a kernel counts as hung; 0 for none.</summary>
    public long InstructionLimit { get; init; } = 2_000_000_000;

    /// <summary>exited: 1 where a barrier opens although threads have exited without reaching it, as hardware does since 7.0.</summary>
    public bool AllowExited { get; init; }

    /// <summary>reports: "collect", or "fail" to fail the context with CUDA_ERROR_ILLEGAL_ADDRESS on any report.</summary>
    public bool ReportsFail { get; init; }

    /// <exception cref="FormatException">A key that is not above, or a value that does not fit it.</exception>
    public static Configuration Parse(string? text)
    {
        var c = new Configuration();
        foreach (string part in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=');
            if (equals < 0)
                throw new FormatException($"MOCK_CUDA: '{part}' is not key=value");
            string value = part[(equals + 1)..];
            c = part[..equals] switch
            {
                "devices" => c with { Devices = Int(value) },
                "cc" => c with { ComputeCapability = Version.Parse(value) },
                "memory" => c with { MemoryBytes = long.Parse(value, CultureInfo.InvariantCulture) },
                "peer" => c with { PeerAccess = Int(value) != 0 },
                "driver" => c with { DriverVersion = Int(value) },
                "ptx" => c with { PtxVersion = Version.Parse(value) },
                "seed" => c with { Seed = Int(value) },
                "oom" => c with { FailAllocation = Int(value) },
                "graph" => c with { FailInstantiation = Int(value) },
                "hostoom" => c with { FailHostAllocation = Int(value) },
                "event" => c with { FailEvent = Int(value) },
                "moduleoom" => c with { FailModule = Int(value) },
                "init" => c with { InitResult = (CudaResult)Int(value) },
                "retain" => c with { RetainResult = (CudaResult)Int(value) },
                "peers" => c with { MaxPeers = Int(value) },
                "blas" => c with { BlasStatus = Int(value) },
                "blasoom" => c with { FailBlasHandle = Int(value) },
                "fail" => c with { FailLaunch = Int(value) },
                "pitch" => c with { Pitch = Int(value) },
                "limit" => c with { InstructionLimit = long.Parse(value, CultureInfo.InvariantCulture) },
                "exited" => c with { AllowExited = Int(value) != 0 },
                "reports" => c with { ReportsFail = value == "fail" },
                var key => throw new FormatException($"MOCK_CUDA: no key '{key}'"),
            };
        }
        return c;
    }

    private static int Int(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
