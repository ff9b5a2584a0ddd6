namespace GraphPipe.MockCuda.Streams;

/// <summary>One piece of work in a stream.</summary>
/// <param name="stream">Where it was put.</param>
/// <param name="what">For reports: "kernel add", "cuMemcpyAsync of 64 bytes".</param>
/// <param name="clock">All that the program orders before it, itself included.</param>
/// <param name="after">Operations of other streams that must be done before it may run.</param>
/// <param name="run">The work. It may fail; the failure is the context's from then on.</param>
/// <param name="onHost">A host function: it runs without the driver's lock, since it may wait for other threads of the program.</param>
internal sealed class Operation(
    MockStream stream, string what, VectorClock clock, IReadOnlyList<Operation> after, Action<Operation> run, bool onHost)
{
    public MockStream Stream => stream;

    public string What => what;

    public VectorClock Clock => clock;

    /// <summary>Its number in its stream, from 1.</summary>
    public long Index => clock[stream.Index];

    public bool OnHost => onHost;

    public bool Done { get; private set; }

    /// <summary>Milliseconds since the driver started at which it was done.</summary>
    public double DoneAt { get; private set; }

    public bool Ready => after.All(o => o.Done);

    /// <summary>True where the program orders the other before this one.</summary>
    public bool Knows(Operation other) => other.Index <= clock[other.Stream.Index];

    public void Run() => run(this);

    public void Finish(double now)
    {
        Done = true;
        DoneAt = now;
    }

    public override string ToString() => $"{what} (stream {stream.Index}, operation {Index})";
}
