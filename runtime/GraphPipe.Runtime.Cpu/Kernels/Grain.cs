namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Where parallel loops are cut: less work than a grain does not pay for waking a thread.</summary>
internal static class Grain
{
    /// <summary>Elements of plain arithmetic, a few µs. A multiple of every vector width.</summary>
    public const long Elements = 16384;

    /// <summary>Units of <paramref name="elements"/> elements each that make a grain.</summary>
    public static long Of(long elements) => Math.Max(1, Elements / Math.Max(1, elements));
}
