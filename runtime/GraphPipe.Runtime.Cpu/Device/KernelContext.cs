namespace GraphPipe.Runtime.Cpu;

/// <summary>What a bound call gets for one run: addresses, scratch memory, threads, the place in the step.</summary>
public readonly unsafe ref struct KernelContext
{
    private readonly byte** _inputs;
    private readonly byte** _outputs;
    private readonly KernelResources _resources;

    /// <param name="inputs">Addresses of the operands, null for one that is left out.</param>
    /// <param name="outputs">Addresses of the results.</param>
    /// <param name="workspace">The call's workspace.</param>
    /// <param name="resources">The device's threads, scratch memory and fault.</param>
    public KernelContext(byte** inputs, byte** outputs, byte* workspace, KernelResources resources, in FunctionRun run)
    {
        _inputs = inputs;
        _outputs = outputs;
        _resources = resources;
        Workspace = workspace;
        Step = run.Step;
        IsFirstMicroBatch = run.IsFirstMicroBatch;
        Ahead = run.Ahead;
    }

    /// <summary>As many bytes as the call's Workspace says; starts on a multiple of 64.</summary>
    public byte* Workspace { get; }

    /// <summary>Number of the step, from 1; 0 outside training.</summary>
    public long Step { get; }

    /// <summary>True for the first micro-batch of a step: sums begin with it.</summary>
    public bool IsFirstMicroBatch { get; }

    /// <summary>Updates that a prediction looks ahead, from the weights after <see cref="Step"/> updates; 0 elsewhere.</summary>
    public int Ahead { get; }

    /// <summary>Threads that <see cref="For"/> shares work over.</summary>
    public int Threads => _resources.Workers.Threads;

    /// <summary>The addresses of all operands.</summary>
    internal byte** Inputs => _inputs;

    /// <summary>The addresses of all results.</summary>
    internal byte** Outputs => _outputs;

    /// <summary>Address of an operand; starts on a multiple of 64. Null only if the operand is left out.</summary>
    public byte* Input(int i) => _inputs[i];

    /// <summary>Address of a result; equals an input's where the call works in place. Null only if nobody reads it.</summary>
    public byte* Output(int i) => _outputs[i];

    public T* Input<T>(int i)
        where T : unmanaged => (T*)_inputs[i];

    public T* Output<T>(int i)
        where T : unmanaged => (T*)_outputs[i];

    /// <summary><see cref="Bundle.MemoryPlan.ScratchPerThread"/> bytes of a thread's own; content is lost between calls.</summary>
    public byte* Scratch(int worker) => _resources.ScratchOf(worker);

    /// <summary>
    /// Shares [0, count) over the device's threads and waits for all of them. Results must not depend on where the cuts are.
    /// </summary>
    /// <param name="count">Units of work.</param>
    /// <param name="grain">Cuts are made at multiples of it only; fewer than two grains run on this thread alone.</param>
    /// <param name="body">A local variable: pointers and numbers. Called on several threads at once.</param>
    public void For<TBody>(long count, long grain, ref TBody body)
        where TBody : struct, IRangeBody => _resources.Workers.Run(count, grain, ref body);

    /// <summary>
    /// Reports that an operand holds a value the op can't have; the run ends with GP7007 and the node's name. The first report counts. May be
    /// called by any thread of the call, which then goes on with whatever is harmless.
    /// </summary>
    public void Fault(string what, long value, long limit) => _resources.Fault.Report(what, value, limit);

    /// <summary>For bodies of <see cref="For"/> that may have to report.</summary>
    public DataFault FaultCell => _resources.Fault;
}

/// <summary>The part of a parallel loop that one thread does.</summary>
public interface IRangeBody
{
    /// <param name="from">First unit of work.</param>
    /// <param name="to">Behind the last.</param>
    /// <param name="worker">Number of the thread, for its scratch memory.</param>
    void Run(long from, long to, int worker);
}

/// <summary>Where kernels report a value that can't be, without an exception.</summary>
public sealed class DataFault
{
    private int _claimed;
    private string? _what;
    private long _value;
    private long _limit;

    public bool IsSet => Volatile.Read(ref _what) is not null;

    /// <param name="what">E.g. <c>index {0} is outside an axis of length {1}</c>.</param>
    /// <param name="value">For {0}.</param>
    /// <param name="limit">For {1}.</param>
    public void Report(string what, long value, long limit)
    {
        if (Interlocked.Exchange(ref _claimed, 1) != 0)
            return;
        _value = value;
        _limit = limit;
        Volatile.Write(ref _what, what);
    }

    /// <summary>The report as a sentence; empties the cell.</summary>
    public string Take()
    {
        string text = string.Format(System.Globalization.CultureInfo.InvariantCulture, _what ?? "", _value, _limit);
        _what = null;
        _claimed = 0;
        return text;
    }
}

/// <summary>What all calls of a device share.</summary>
public sealed unsafe class KernelResources(WorkerGroup workers, byte* scratch, long scratchPerThread)
{
    public WorkerGroup Workers { get; } = workers;

    public DataFault Fault { get; } = new();

    public byte* ScratchOf(int worker) => scratch + worker * scratchPerThread;
}
