using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Ptx.Decode;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution;

/// <summary>Sizes of a grid or block.</summary>
internal readonly record struct Extent(uint X, uint Y, uint Z)
{
    public long Count => (long)X * Y * Z;
}

/// <summary>What of a launch does not depend on the kernel.</summary>
/// <param name="InstructionLimit">Warp instructions after which the kernel counts as hung; 0 for no limit.</param>
/// <param name="AllowExited">A barrier may be passed when the threads that never reach it have exited, as compute capability 7.0 and up
/// allow; otherwise that is a report.</param>
/// <param name="Seed">Decides in which order a block's warps run.</param>
/// <param name="Multiprocessors">What %nsmid gives.</param>
/// <param name="Print">Where printf goes.</param>
internal sealed record LaunchSettings(long InstructionLimit, bool AllowExited, int Seed, int Multiprocessors, Action<string> Print);

/// <summary>One kernel on one grid. Blocks run one after another, in an order that the kernel can't know.</summary>
internal sealed class KernelLaunch(
    ModuleCode module, FunctionCode code, Extent grid, Extent block, int dynamicShared, byte[] parameters, GlobalView global,
    ReportLog log, LaunchSettings settings)
{
    public ModuleCode Module => module;

    public FunctionCode Code => code;

    public Extent Grid => grid;

    public Extent Block => block;

    public int DynamicShared => dynamicShared;

    public byte[] Parameters => parameters;

    public GlobalView Global => global;

    public ReportLog Log => log;

    public LaunchSettings Settings => settings;

    /// <summary>Warp instructions run so far.</summary>
    public long Instructions { get; private set; }

    /// <summary>Thread instructions run so far: each active lane counts.</summary>
    public long ThreadInstructions { get; private set; }

    /// <exception cref="KernelFaultException">The kernel can't go on; the report says why.</exception>
    public void Run()
    {
        var random = new Random(settings.Seed);
        using var runner = new Block(this, random);
        for (uint z = 0; z < grid.Z; z++)
        {
            for (uint y = 0; y < grid.Y; y++)
            {
                for (uint x = 0; x < grid.X; x++)
                    runner.Run((x, y, z));
            }
        }
    }

    /// <summary>Counts work done.</summary>
    /// <exception cref="KernelFaultException">The limit is passed.</exception>
    public void Count(long instructions, long threadInstructions, IPlace place)
    {
        Instructions += instructions;
        ThreadInstructions += threadInstructions;
        if (settings.InstructionLimit > 0 && Instructions > settings.InstructionLimit)
        {
            throw new KernelFaultException(new Report(
                ReportKind.Timeout, $"more than {settings.InstructionLimit} warp instructions", place.Where()));
        }
    }
}
