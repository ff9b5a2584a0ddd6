using System.Runtime.InteropServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// FORWARD: fills the stage's inputs with the micro-batch's samples, runs Forward, copies out what are outputs of the model, and where
/// targets are there runs Loss and reads the loss.
/// </summary>
internal sealed class ForwardAction : BoundAction, IDisposable
{
    private readonly StageInstance _stage;
    private readonly nint[] _bases;
    private readonly IBoundFunction? _forward;
    private readonly IBoundFunction? _loss;
    private readonly Feed[] _feeds;
    private readonly Feed[] _lossFeeds;
    private readonly Output[] _outputs;
    private readonly nint _lossAddress;
    private readonly bool _isFirst;
    private readonly int _generation;
    private readonly IBoundFunction? _predict;
    private readonly ILateRead? _late;

    /// <param name="action">The action, its range clipped to the mini-batch.</param>
    /// <param name="stage">The stage, bound at the range's size.</param>
    /// <param name="samples">Samples of the mini-batch.</param>
    /// <param name="mode">Whether there are targets.</param>
    /// <param name="generation">Updates that come before the micro-batch's own in the run.</param>
    /// <param name="isFirst">First forward of the stage in the list.</param>
    /// <param name="outputNumbers">The numbers of the model's outputs.</param>
    public ForwardAction(
        PlanAction action, StageInstance stage, long samples, RunMode mode, int generation, bool isFirst, IReadOnlyDictionary<string, int> outputNumbers)
        : base(action)
    {
        _stage = stage;
        _isFirst = isFirst;
        _generation = generation;
        bool isTraining = mode == RunMode.Train;
        _bases = stage.BasesOf(action.MicroBatch, isReturned: false, isTraining ? stage.Stash.SlotOf(action) : WeightStash.Home);
        _predict = isTraining && stage.Stash.Predicts(action) ? stage.Function(FunctionKind.Predict, action.Range.Count) : null;
        _forward = stage.Function(FunctionKind.Forward, action.Range.Count);
        bool withTargets = mode != RunMode.Infer;
        _loss = withTargets ? stage.Function(FunctionKind.Loss, action.Range.Count) : null;

        var program = stage.Program;
        var feeds = program.Feeds.Where(f => withTargets || f.Kind == FeedKind.Input).ToList();
        _feeds = [.. feeds.Where(f => !IsTemporary(f) || IsUsed(f, FunctionKind.Forward)).Select(f => FeedOf(f, FunctionKind.Forward, samples))];
        _lossFeeds = [.. feeds.Where(f => _loss is not null && IsTemporary(f) && IsUsed(f, FunctionKind.Loss)).Select(f => FeedOf(f, FunctionKind.Loss, samples))];
        _outputs = [.. program.Outputs.Select(o => OutputOf(o, outputNumbers[o.Name], samples))];
        if (withTargets && !program.Loss.IsNone)
            _lossAddress = stage.AddressOf(program.Loss, action.MicroBatch, program.Function(FunctionKind.Loss) is null ? FunctionKind.Forward : FunctionKind.Loss);
        if (stage.Device.IsAsynchronous)
            _late = stage.Device.CreateLateRead(_lossAddress != 0 ? sizeof(float) : 0);
    }

    /// <summary>Updates that come before the micro-batch's own in the run.</summary>
    public int Generation => _generation;

    public override void Touch(Footprint footprint)
    {
        if (_predict is not null)
        {
            _stage.TouchCopyOfWeights(footprint, _stage.Stash.SlotOf(Action));
            _stage.Touch(footprint, FunctionKind.Predict, Action.Range.Count, _bases);
        }

        foreach (ref readonly var feed in _feeds.AsSpan())
            footprint.WriteRows(feed.Address, feed.Copy.Rows, feed.Copy.RowBytes, feed.Copy.TargetOffset, feed.Copy.TargetStride);
        foreach (ref readonly var output in _outputs.AsSpan())
            footprint.ReadRows(output.Address, output.Copy.Rows, output.Copy.RowBytes, output.Copy.SourceOffset, output.Copy.SourceStride);
        _stage.Touch(footprint, FunctionKind.Forward, Action.Range.Count, _bases);
        if (_loss is not null)
            _stage.Touch(footprint, FunctionKind.Loss, Action.Range.Count, _bases);
    }

    /// <summary>Waits for what is read behind the forward in the device's queue, and looks at it. By the thread of any device.</summary>
    /// <exception cref="LateFailureException">GP6002: the loss is not finite; GP7007: a kernel has reported a value that can't be; or the device has failed.</exception>
    public void Confirm(RunState run)
    {
        try
        {
            var read = _late!.Wait();
            if (_lossAddress != 0)
                Take(MemoryMarshal.Read<float>(read), run);
        }
        catch (Exception e)
        {
            throw new LateFailureException(_stage.Device.Name, this, e);
        }
    }

    public void Dispose() => _late?.Dispose();

    protected override void Execute(RunState run)
    {
        var function = new FunctionRun(run.Step + _generation, _isFirst);
        if (_predict is not null)
            Predict(_predict, run);
        Fill(_feeds, run);
        if (_forward is not null)
            Run(_forward, _bases, function);

        if (run.Outputs is { } outputs)
        {
            foreach (ref readonly var output in _outputs.AsSpan())
                _stage.Device.BeginRead(output.Address, outputs[output.Number], output.Copy);
        }

        if (_loss is not null)
        {
            Fill(_lossFeeds, run);
            Run(_loss, _bases, function);
        }

        if (_late is not null)
        {
            _late.Begin(_lossAddress);
            run.AddLate(this);
        }
        else if (_lossAddress != 0)
        {
            ReadLoss(run);
        }
    }

    // From the newest weights, into the slot that this micro-batch and the others of its generation read.
    private void Predict(IBoundFunction predict, RunState run)
    {
        _stage.Device.Copy(DeviceQueue.Compute, _stage.WeightsAt(WeightStash.Home), _bases[(int)BufferLife.Weights], StridedCopy.Whole(_stage.Stash.VersionSize.Value));
        Run(predict, _bases, new FunctionRun(run.Step - 1 + Action.Weights.Updates, IsFirstMicroBatch: true) { Ahead = Action.Weights.Ahead });
    }

    private void Fill(Feed[] feeds, RunState run)
    {
        foreach (ref readonly var feed in feeds.AsSpan())
        {
            if (feed.Kind == FeedKind.LossScale)
            {
                float scale = run.LossScale!.For(Action.Range.Count, _generation);
                _stage.Device.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(in scale)), feed.Address, feed.Copy);
            }
            else
            {
                _stage.Device.Write(run.Batch[feed.Name].Bytes.Span, feed.Address, feed.Copy);
            }
        }
    }

    private void ReadLoss(RunState run)
    {
        float loss = 0;
        _stage.Device.Read(_lossAddress, MemoryMarshal.AsBytes(new Span<float>(ref loss)), StridedCopy.Whole(sizeof(float)));
        Take(loss, run);
    }

    private void Take(float loss, RunState run)
    {
        if (!float.IsFinite(loss))
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.LossNotFinite,
                $"the loss of {Action.MicroBatch} (samples {Action.Range}) is {loss}{(run.Step > 0 ? $" in step {run.Step + _generation}" : "")}",
                advice: "look at these samples, or lower the learning rate"));
        }

        run.Losses[_stage.Stage.Id.Value][Action.MicroBatch.Index] = loss;
    }

    private bool IsTemporary(FeedDecl feed) => _stage.Program[_stage.Program.Root(feed.Buffer)].Life == BufferLife.Temporary;

    private bool IsUsed(FeedDecl feed, FunctionKind kind)
    {
        var program = _stage.Program;
        var root = program.Root(feed.Buffer);
        return program.Function(kind)?.Calls.Any(c => c.Inputs.Any(b => !b.IsNone && program.Root(b) == root)) ?? false;
    }

    private Feed FeedOf(FeedDecl feed, FunctionKind function, long samples)
    {
        var buffer = _stage.Program[feed.Buffer];
        var range = Action.Range;
        var copy = SampleLayout.Copy(buffer.Type, buffer.Shape, buffer.Batch, range.Count, samples, range.Start, range.Count, 0);
        return new Feed(feed.Kind, feed.Name, _stage.AddressOf(feed.Buffer, Action.MicroBatch, function), copy);
    }

    private Output OutputOf(OutputDecl output, int number, long samples)
    {
        var buffer = _stage.Program[output.Buffer];
        var range = Action.Range;
        var copy = SampleLayout.Copy(buffer.Type, buffer.Shape, buffer.Batch, range.Count, range.Count, 0, samples, range.Start);
        return new Output(number, _stage.AddressOf(output.Buffer, Action.MicroBatch, FunctionKind.Forward), copy);
    }

    private readonly record struct Feed(FeedKind Kind, string Name, nint Address, StridedCopy Copy);

    private readonly record struct Output(int Number, nint Address, StridedCopy Copy);
}
