namespace GraphPipe.MockCuda.Reports;

/// <summary>What went wrong.</summary>
internal enum ReportKind
{
    /// <summary>An address that no allocation holds.</summary>
    OutOfBounds,

    /// <summary>An address in an allocation that was freed.</summary>
    UseAfterFree,

    /// <summary>An address that is no multiple of the access's size.</summary>
    Misaligned,

    /// <summary>A device reads or writes another device's memory without peer access.</summary>
    NoPeerAccess,

    /// <summary>Bytes read that nothing has written.</summary>
    UninitialisedRead,

    /// <summary>Two threads of a block touch a byte of shared memory with no barrier between, one writing.</summary>
    SharedRace,

    /// <summary>Two operations touch the same bytes with nothing that orders them, one writing.</summary>
    StreamRace,

    /// <summary>A barrier that some threads of the block don't reach.</summary>
    BarrierDivergence,

    /// <summary>A warp-synchronous instruction whose named lanes don't all arrive.</summary>
    WarpDivergence,

    /// <summary>A kernel that ran past the limit of instructions.</summary>
    Timeout,

    /// <summary>A failed assertion or trap of the kernel.</summary>
    Assertion,

    /// <summary>The API used against its contract where the driver need not notice (a stream destroyed twice, ...).</summary>
    Misuse,
}

/// <summary>Where in a kernel.</summary>
/// <param name="Line">Line of the PTX text.</param>
/// <param name="Form">The instruction there.</param>
/// <param name="Block">Index of the block, x, y, z.</param>
/// <param name="Thread">Linear index of the thread in its block.</param>
internal readonly record struct KernelPlace(string Kernel, int Line, string Form, (uint X, uint Y, uint Z) Block, int Thread)
{
    public override string ToString() =>
        $"{Kernel}, ptx line {Line} ({Form}), block ({Block.X}, {Block.Y}, {Block.Z}), thread {Thread}";
}

/// <summary>One finding.</summary>
/// <param name="Place">Null for findings outside kernels.</param>
internal sealed record Report(ReportKind Kind, string Message, KernelPlace? Place)
{
    public override string ToString() => Place is { } place ? $"{Kind}: {Message}; in {place}" : $"{Kind}: {Message}";
}

/// <summary>A finding after which the kernel can't go on.</summary>
internal sealed class KernelFaultException(Report report) : Exception(report.ToString())
{
    public Report Report { get; } = report;
}

/// <summary>All findings since the last reset. The same finding at the same line is kept once, with its first thread.</summary>
internal sealed class ReportLog
{
    /// <summary>A kernel that goes wrong goes wrong in every thread; more than this many lines help nobody.</summary>
    private const int Limit = 200;

    private readonly List<Report> _reports = [];
    private readonly HashSet<(ReportKind, string, int)> _seen = [];

    public IReadOnlyList<Report> All => _reports;

    public void Add(Report report)
    {
        string where = report.Place is { } place ? place.Kernel : report.Message;
        if (_reports.Count < Limit && _seen.Add((report.Kind, where, report.Place?.Line ?? 0)))
            _reports.Add(report);
    }

    public void Clear()
    {
        _reports.Clear();
        _seen.Clear();
    }
}
