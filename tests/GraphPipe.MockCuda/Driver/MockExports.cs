using System.Runtime.InteropServices;

namespace GraphPipe.MockCuda.Driver;

/// <summary>What the mock exports beyond CUDA: its configuration and its findings.</summary>
internal static unsafe class MockExports
{
    /// <summary>A fresh driver with the configuration given ("devices=2;seed=7"); everything of the old one is void.</summary>
    [UnmanagedCallersOnly(EntryPoint = "mockConfigure")]
    public static CudaResult Configure(byte* text) => Entry.Configure(Entry.Text(text));

    /// <summary>Number of findings since the last reset; -1 before cuInit. Work still pending has found nothing yet.</summary>
    [UnmanagedCallersOnly(EntryPoint = "mockReportCount")]
    public static int ReportCount()
    {
        int count = -1;
        Entry.Run(d => { count = d.Reports.All.Count; });
        return count;
    }

    /// <summary>Findings, one a line, into a buffer, cut where it is full.</summary>
    /// <returns>Bytes that the whole text needs, with its zero.</returns>
    [UnmanagedCallersOnly(EntryPoint = "mockReports")]
    public static int Reports(byte* buffer, int size)
    {
        int needed = 1;
        Entry.Run(d =>
        {
            string text = string.Join('\n', d.Reports.All);
            needed = System.Text.Encoding.UTF8.GetByteCount(text) + 1;
            Entry.Write(text, buffer, size);
        });
        return needed;
    }

    /// <summary>Forgets all findings; contexts that failed work again.</summary>
    [UnmanagedCallersOnly(EntryPoint = "mockReset")]
    public static CudaResult Reset() => Entry.Run(d => d.Reset(d.Handles.All<Context>()));

    /// <summary>Thread instructions that kernels have run since cuInit.</summary>
    [UnmanagedCallersOnly(EntryPoint = "mockThreadInstructions")]
    public static long ThreadInstructions()
    {
        long count = 0;
        Entry.Run(d => { count = d.ThreadInstructions; });
        return count;
    }

    /// <summary>How often a function of the driver was called since cuInit, e.g. "LaunchKernel" for cuLaunchKernel; 0 for one that was not.</summary>
    [UnmanagedCallersOnly(EntryPoint = "mockCalls")]
    public static long Calls(byte* name)
    {
        long count = 0;
        Entry.Run(d => { count = d.Calls.GetValueOrDefault(Entry.Text(name)); });
        return count;
    }
}
