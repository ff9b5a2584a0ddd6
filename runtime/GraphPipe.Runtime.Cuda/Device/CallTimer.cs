using System.Diagnostics;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Times of a function's calls, by events between them, so that the host need not wait for any; for profiling.</summary>
/// <param name="calls">In the order in which they run.</param>
internal sealed unsafe class CallTimer(CudaContext context, nint stream, CallClock clock, IReadOnlyList<BoundCall> calls) : IDisposable
{
    private readonly List<CudaFence[]> _runs = [];
    private int _used;

    /// <summary>Takes up a run.</summary>
    public void Begin()
    {
        if (_used == _runs.Count)
            _runs.Add([.. Enumerable.Range(0, calls.Count + 1).Select(_ => new CudaFence(context))]);
        _used++;
        Mark(0);
    }

    /// <summary>Marks the end of what was queued before a call; the number of calls for the end of the run.</summary>
    public void Mark(int call) => context.Driver.Check(context.Driver.EventRecord(_runs[_used - 1][call].Handle, stream), "cuEventRecord");

    /// <summary>Hands the times of the runs over; all of them have ended.</summary>
    public void Settle()
    {
        for (int run = 0; run < _used; run++)
        {
            for (int i = 0; i < calls.Count; i++)
                clock.Record(calls[i].Calls.AsSpan(), (long)(_runs[run][i + 1].Since(_runs[run][i]).Value * 1e-6 * Stopwatch.Frequency));
        }

        _used = 0;
    }

    public void Dispose()
    {
        foreach (var fence in _runs.SelectMany(r => r))
            fence.Dispose();
        _runs.Clear();
    }
}
