using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Executes a plan: one thread per device runs the device's list of actions, for one mini-batch at a time. Memory is laid out and kernels are
/// bound before the first action. To be used by one thread at a time, except <see cref="Abort"/>.
/// </summary>
public sealed class PipelineExecutor : IDisposable
{
    // For a thread to come back to its caller once it has been told.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // The same where it comes back only when its device has done what it was given: as long as the longest run so far, and where there was none, as long as a large step may take.
    private static readonly TimeSpan GraceOfFirstRun = TimeSpan.FromSeconds(30);

    private readonly ExecutionPlan _plan;
    private readonly ExecutorOptions _options;
    private readonly PipelineMemory _memory;
    private readonly ParameterStore _parameters;
    private readonly ActionBinder _binder;
    private readonly RunState _run;
    private readonly ImmutableArray<DeviceWorker> _workers;
    private readonly Watchdog _watchdog;
    private readonly Sequence _done = new();
    private readonly Lock _failing = new();
    private readonly Dictionary<(long Samples, RunMode Mode), ImmutableArray<DeviceList>> _lists = [];
    private readonly Dictionary<long, SlowDeviceDetector> _slow = [];
    private readonly ImmutableArray<(string Name, BufferDecl Buffer)> _outputs;
    private readonly HashSet<(string Parameter, string? State)> _doubtful = [];
    private DiagnosticException? _failure;
    private TimeSpan? _longestRun;
    private long _runs;
    private bool _lost;

    /// <param name="plan">A proved plan.</param>
    /// <param name="programs">The program of every stage.</param>
    /// <param name="weights">Initial values of all parameters and constants, by name.</param>
    /// <param name="providers">Where devices come from; the first that provides a device opens it.</param>
    /// <param name="options">The loss and timeouts.</param>
    /// <exception cref="DiagnosticException">
    /// GP6001: there are no kernels for some ops (all are listed); GP6008: devices are missing; GP5006: weights are missing or unfit.
    /// </exception>
    public PipelineExecutor(
        ExecutionPlan plan,
        IReadOnlyList<StageProgram> programs,
        IReadOnlyDictionary<string, TensorData> weights,
        IReadOnlyList<IDeviceProvider> providers,
        ExecutorOptions? options = null)
    {
        _plan = plan;
        _options = options ?? ExecutorOptions.Default;
        var inOrder = programs.OrderBy(p => p.Id).ToList();
        if (_options.Loss is null && inOrder.Exists(p => p.Feeds.Any(f => f.Kind == FeedKind.LossScale)))
            throw new ArgumentException("the programs want a loss scale, so the options must say how the loss becomes a mean", nameof(options));
        Inputs = InputSpec.Of(inOrder);
        _outputs = [.. inOrder.SelectMany(p => p.Outputs.Select(o => (o.Name, p[o.Buffer]))).DistinctBy(o => o.Name)];
        _memory = PipelineMemory.Open(plan, programs, providers, _options.Dispatch, _options.ClockedRuns);
        var workers = new List<DeviceWorker>();
        try
        {
            _parameters = new ParameterStore(_memory.Stages);
            Notes = BindFull();
            _parameters.Load(weights);
            var outputNumbers = _outputs.Select((o, i) => (o.Name, i)).ToDictionary(o => o.Name, o => o.i, StringComparer.Ordinal);
            _binder = new ActionBinder(plan, _memory.Stages, _memory.Queues, _memory.Copies, outputNumbers);
            _run = new RunState(
                _options.Loss is { } loss ? new LossScale(loss, Inputs.FirstOrDefault(i => i.Kind == FeedKind.Target), plan.Updates(plan.MiniBatch)) : null, plan.Generation, [.. plan.Stages.Select(s => new double[s.Samples.MicroBatches(plan.MiniBatch)])], _options.Interference);
            foreach (var (i, device) in _memory.Devices.Index())
                workers.Add(new DeviceWorker(new DeviceId(i), device, _run, _done, _memory.Bells[i], _memory.Copies[i], Failed));
            _workers = [.. workers];
            foreach (var queue in CopyQueues)
                queue.Failed += (copy, cause) => Failed(_workers[queue.Device.Value], copy, cause);
            _watchdog = new Watchdog(plan, inOrder, _workers, _run, _options.StallTimeout);
        }
        catch
        {
            // Before a run every thread comes back at once.
            workers.ForEach(w => w.Stop(Grace));
            _memory.StopCopies(Grace);
            _memory.Dispose();
            throw;
        }
    }

    /// <summary>What a mini-batch must hold.</summary>
    public ImmutableArray<InputSpec> Inputs { get; }

    /// <summary>The loss, and how it becomes a mean.</summary>
    public LossSettings Loss => _options.Loss ?? LossSettings.None;

    /// <summary>Predicted memory, which is what the devices have allocated.</summary>
    public MemoryPlan Memory => _memory.Plan;

    /// <summary>All parameters and constants, in ordinal order of their names.</summary>
    public ImmutableArray<ParameterInfo> Parameters => _parameters.All;

    /// <summary>GP6009 for each call that a fallback executes.</summary>
    public ImmutableArray<Diagnostic> Notes { get; }

    /// <summary>The times of the calls of every bound function; empty unless <see cref="ExecutorOptions.ClockedRuns"/> asks for them. Read between steps.</summary>
    public IEnumerable<CallClock> Clocks => _memory.Stages.SelectMany(s => s.Clocks);

    /// <summary>Steps done, which are updates: one for each mini-batch, or for each generation of an asynchronous plan. Set it when resuming from a checkpoint (Adam's bias correction and random ops depend on it).</summary>
    public long StepCount { get; set; }

    /// <summary>
    /// False after a step that ended early while parameters were being updated, until every trained parameter and optimizer state has been set.
    /// </summary>
    public bool IsConsistent => _doubtful.Count == 0;

    /// <summary>Trains on one mini-batch; by an asynchronous plan with an update for each of its generations.</summary>
    /// <param name="batch">At most the plan's mini-batch; a shorter one is trained with the right weights.</param>
    /// <param name="cancellation">Looked at before the step; a step that has begun is finished. <see cref="Abort"/> does not wait.</param>
    /// <exception cref="DiagnosticException">
    /// GP6002: the loss is not finite (parameters are unchanged, but by an asynchronous plan: see <see cref="IsConsistent"/>); GP6003: a device is lost; GP6004: a stall; GP6005: interrupted; GP6006: a kernel
    /// failed; GP7003 to GP7005: the batch is unfit; GP7007: a value that an operator can't have.
    /// </exception>
    public StepResult Step(MiniBatch batch, CancellationToken cancellation = default)
    {
        if (!IsConsistent)
            throw new InvalidOperationException("a step ended half-way; set all parameters and optimizer states again");
        if (cancellation.IsCancellationRequested)
            throw RunFailure.Interrupted($"interrupted after step {StepCount}");
        Run(RunMode.Train, batch, StepCount + 1, null, default);
        StepCount += _plan.Updates(batch.Samples);
        SlowDevices = ObserveTimes(batch.Samples);
        return new StepResult(StepCount, SumOfLosses() / _plan.Updates(batch.Samples), batch.Samples);
    }

    /// <summary>Runs the forward alone: the model's outputs, without targets.</summary>
    /// <param name="batch">At most the plan's mini-batch.</param>
    /// <param name="cancellation">Ends the run after the current actions, with GP6005.</param>
    /// <exception cref="DiagnosticException">As for <see cref="Step"/>.</exception>
    public ForwardResult Forward(MiniBatch batch, CancellationToken cancellation = default) => Forward(RunMode.Infer, batch, cancellation);

    /// <summary>Runs forward and loss: outputs and the mini-batch's loss.</summary>
    /// <inheritdoc cref="Forward(MiniBatch, CancellationToken)"/>
    public ForwardResult Evaluate(MiniBatch batch, CancellationToken cancellation = default) => Forward(RunMode.Evaluate, batch, cancellation);

    /// <summary>
    /// Ends the run in progress after the current actions, with GP6005; between two runs, the next one as soon as it is called. May be called by
    /// any thread.
    /// </summary>
    public void Abort() => Fail(RunFailure.Interrupted("the run was aborted"));

    /// <summary>A parameter's value, from its owner.</summary>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public TensorData GetParameter(string name) => _parameters.Get(name);

    /// <summary>Replaces a parameter's value, in all its copies.</summary>
    /// <exception cref="ArgumentException">There is no such parameter, or its type or shape is another.</exception>
    public void SetParameter(string name, TensorData value)
    {
        _parameters.Set(name, value);
        _doubtful.Remove((name, null));
    }

    /// <summary>A trained parameter's gradient of the last step: the owner's sum, with what other stages added.</summary>
    /// <exception cref="ArgumentException">There is no such parameter, or it is not trained.</exception>
    public TensorData GetGradient(string name) => _parameters.Gradient(name);

    /// <summary>An optimizer state tensor.</summary>
    /// <exception cref="ArgumentException">There is no such parameter or state.</exception>
    public TensorData GetState(string name, string state) => _parameters.State(name, state);

    /// <summary>Replaces an optimizer state tensor.</summary>
    /// <exception cref="ArgumentException">There is no such parameter or state, or its type or shape is another.</exception>
    public void SetState(string name, string state, TensorData value)
    {
        _parameters.SetState(name, state, value);
        _doubtful.Remove((name, state));
    }

    /// <summary>
    /// Devices that took much longer than usual, or than their peers, in the last three steps (of as many samples): something to tell, not a failure.
    /// </summary>
    public ImmutableArray<SlowDevice> SlowDevices { get; private set; } = [];

    /// <summary>What each device did in the last run.</summary>
    public ImmutableArray<DeviceReport> Report() => RunTimes.Report(_workers, Memory);

    /// <summary>Every action of the last run, device by device, in the order in which they ran. OFFLOAD and RELOAD are there with their copies, which ran beside the device's other actions.</summary>
    public ImmutableArray<ActionTiming> Timeline() => RunTimes.Timeline(_workers);

    public void Dispose()
    {
        bool stopped = true;
        foreach (var worker in _workers)
            stopped &= worker.Stop(_lost ? TimeSpan.Zero : Grace);
        stopped &= _memory.StopCopies(_lost ? TimeSpan.Zero : Grace);

        // The memory of a thread that does not come back must stay.
        if (!stopped)
            return;
        foreach (var action in _lists.Values.SelectMany(l => l).SelectMany(l => l.Actions))
        {
            action.Marks?.Dispose();
            (action as IDisposable)?.Dispose();
        }

        _memory.Dispose();
    }

    private IEnumerable<CopyQueue> CopyQueues => _memory.Copies.SelectMany(c => c?.Queues ?? []);

    private ForwardResult Forward(RunMode mode, MiniBatch batch, CancellationToken cancellation)
    {
        byte[][] memory = [.. _outputs.Select(o => new byte[o.Buffer.Size(batch.Samples).Value])];
        Run(mode, batch, 0, memory, cancellation);
        var outputs = _outputs.Select((o, i) => KeyValuePair.Create(o.Name, new TensorData(o.Buffer.Type, o.Buffer.Shape.At(batch.Samples), memory[i])));
        return new ForwardResult(ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, outputs), mode == RunMode.Infer ? null : SumOfLosses(), batch.Samples);
    }

    private void Run(RunMode mode, MiniBatch batch, long step, byte[][]? outputs, CancellationToken cancellation)
    {
        if (_lost)
            throw new InvalidOperationException("a device did not come back from an earlier run");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch.Samples, _plan.MiniBatch, nameof(batch));
        batch.Check(Inputs, mode != RunMode.Infer);
        var lists = ListsFor(batch.Samples, mode);
        _run.Begin(batch, step, outputs, mode != RunMode.Infer);
        if (!_run.IsAborted)
        {
            long end = ++_runs * _workers.Length;
            foreach (var worker in _workers)
                worker.Start(lists[worker.Id.Value]);
            Watch(end, mode == RunMode.Train ? CancellationToken.None : cancellation);
        }

        if (TakeFailure() is { } failure)
        {
            if (_run.HasStepped)
                _doubtful.UnionWith(Parameters.Where(p => p.Role == ParameterRole.Trained).SelectMany(p => p.States.Select(s => (string?)s).Prepend(null).Select(s => (p.Name, s))));
            throw failure;
        }
    }

    // What went wrong in the run that has ended, if anything did; the next one starts afresh. Cleared here and not when a run begins, so that an
    // abort which comes between the two is not lost.
    private DiagnosticException? TakeFailure()
    {
        lock (_failing)
        {
            var failure = _failure;
            if (_lost)
                return failure;
            _failure = null;
            _run.Clear();
            foreach (var queue in _memory.Queues)
                queue.Reset();
            foreach (var copies in CopyQueues)
                copies.Reset();
            foreach (var bell in _memory.Bells)
                bell.Reset();
            return failure;
        }
    }

    // Waits for all workers.
    private void Watch(long end, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        _watchdog.Begin();
        while (!_done.WaitFor(end, _watchdog.Pause))
        {
            if (cancellation.IsCancellationRequested)
                Fail(RunFailure.Interrupted("interrupted"));
            if (_watchdog.Look(_run.IsAborted) is not { } failure)
                continue;
            Fail(failure);
            _lost = !_done.WaitFor(end, GraceOfRun());
            return;
        }

        var took = Stopwatch.GetElapsedTime(start);
        if (!(took < _longestRun))
            _longestRun = took;
    }

    private TimeSpan GraceOfRun()
    {
        if (!_memory.Devices.Any(d => d.IsAsynchronous))
            return Grace;
        var longest = _longestRun ?? GraceOfFirstRun;
        return longest > Grace ? longest : Grace;
    }

    private void Failed(DeviceWorker worker, BoundAction? action, Exception cause)
    {
        if (cause is RunAbortedException)
            return;
        Fail(RunFailure.Of(_plan, worker.Device.Name, action, cause));
    }

    // The first failure is the one that is told; the others follow from it.
    private void Fail(DiagnosticException failure)
    {
        lock (_failing)
        {
            _failure ??= failure;
            _run.Abort();
            foreach (var queue in _memory.Queues)
                queue.Abort();
            foreach (var copies in CopyQueues)
                copies.Abort();
            foreach (var bell in _memory.Bells)
                bell.Abort();
        }
    }

    private ImmutableArray<Diagnostic> BindFull()
    {
        var diagnostics = new DiagnosticBag();
        foreach (var stage in _memory.Stages)
            stage.BindAt(stage.Stage.MicroBatch, diagnostics);
        diagnostics.ThrowIfErrors();
        return [.. diagnostics.All];
    }

    private ImmutableArray<DeviceList> ListsFor(long samples, RunMode mode)
    {
        if (_lists.TryGetValue((samples, mode), out var lists))
            return lists;
        lists = [.. _plan.Mesh.Devices.Select((_, d) => ListFor(new DeviceId(d), samples, mode))];
        if (_memory.Devices.Any(d => d.IsAsynchronous))
            QueuedLists.Mark(lists, _memory.Devices, _options.Dispatch == Dispatch.Planned);
        _lists.Add((samples, mode), lists);
        return lists;
    }

    private DeviceList ListFor(DeviceId device, long samples, RunMode mode)
    {
        var actions = _plan.Devices.FirstOrDefault(a => a.Device == device)?.Actions ?? [];
        var bound = _binder.Bind(device, actions, samples, mode, new DiagnosticBag()).ToImmutableArray();
        return new DeviceList(bound, _options.Dispatch == Dispatch.Ready ? new ReadyActions(ActionDependencies.Of(_plan, device, [.. bound.Select(a => a.Action)])) : null);
    }

    // In the order of micro-batches, whatever the schedule: the sum must not depend on timing.
    private double SumOfLosses()
    {
        double sum = 0;
        foreach (double[] losses in _run.Losses)
        {
            foreach (double loss in losses)
                sum += loss;
        }

        return sum;
    }

    private ImmutableArray<SlowDevice> ObserveTimes(long samples)
    {
        if (!_slow.TryGetValue(samples, out var slow))
            _slow.Add(samples, slow = new SlowDeviceDetector(_plan.Mesh.Devices, SlowDeviceDetector.PeersOf(_plan)));
        Span<double> busy = stackalloc double[_workers.Length];
        for (int d = 0; d < busy.Length; d++)
            busy[d] = RunTimes.BusyTicks(_workers[d]);
        return slow.Observe(busy);
    }
}
