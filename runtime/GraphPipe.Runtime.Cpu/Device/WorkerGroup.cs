using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace GraphPipe.Runtime.Cpu;

/// <summary>The threads of one device: its owner and <c>threads - 1</c> helpers that wait for parts of parallel loops.</summary>
public sealed unsafe class WorkerGroup : IDisposable
{
    private readonly Thread[] _helpers;
    private readonly Sequence _start = new();
    private readonly Sequence _done = new();
    private delegate*<void*, long, long, int, void> _invoke;
    private void* _body;
    private long _count;
    private long _chunk;
    private long _loops;
    private Exception? _failure;

    /// <param name="threads">At least 1; with 1 every loop is a plain call.</param>
    /// <param name="name">The device's name, for debuggers.</param>
    public WorkerGroup(int threads, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _helpers = new Thread[threads - 1];
        for (int i = 0; i < _helpers.Length; i++)
        {
            int worker = i + 1;
            _helpers[i] = new Thread(() => Help(worker)) { IsBackground = true, Name = $"{name}.{worker}" };
            _helpers[i].Start();
        }
    }

    public int Threads => _helpers.Length + 1;

    /// <summary>See <see cref="KernelContext.For"/>.</summary>
    public void Run<TBody>(long count, long grain, ref TBody body)
        where TBody : struct, IRangeBody
    {
        if (_helpers.Length == 0 || count < 2 * grain)
        {
            body.Run(0, count, 0);
            return;
        }

        // The body is a local variable of the caller, who waits here: its address holds.
        _body = Unsafe.AsPointer(ref body);
        _invoke = &Invoke<TBody>;
        _count = count;
        long even = (count + Threads - 1) / Threads;
        _chunk = (even + grain - 1) / grain * grain;
        long end = ++_loops * _helpers.Length;
        _start.Advance();
        try
        {
            Part(0);
        }
        finally
        {
            // Also after an exception: helpers still read the body.
            _done.WaitFor(end);
        }

        if (_failure is { } failure)
        {
            _failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    public void Dispose() => _start.Abort();

    private static void Invoke<TBody>(void* body, long from, long to, int worker)
        where TBody : struct, IRangeBody => Unsafe.AsRef<TBody>(body).Run(from, to, worker);

    private void Part(int worker)
    {
        long from = Math.Min(_count, worker * _chunk), to = Math.Min(_count, from + _chunk);
        if (from < to)
            _invoke(_body, from, to, worker);
    }

    private void Help(int worker)
    {
        for (long loop = 1; _start.WaitFor(loop); loop++)
        {
            try
            {
                Part(worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, e, null);
            }

            _done.Advance();
        }
    }
}
