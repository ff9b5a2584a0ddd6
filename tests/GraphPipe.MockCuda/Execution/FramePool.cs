using System.Numerics;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Ptx.Decode;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Execution;

/// <summary>Frames of one warp, used again and again, and the local memory that they share.</summary>
internal sealed unsafe class FramePool(KernelLaunch launch, Block block, int warp) : IDisposable
{
    /// <summary>Local memory per lane beyond the kernel's own, for calls. CUDA's default stack is 1 KiB (cuCtxSetLimit).</summary>
    private const int CallStack = 16 * 1024;

    private const int MaxDepth = 64;

    private readonly Dictionary<FunctionCode, Stack<Frame>> _free = [];
    private readonly List<Frame> _all = [];
    private LocalMemory? _local;

    public LocalMemory Local => _local ??= new LocalMemory(launch.Code.LocalBytes + CallStack);

    public Frame Enter(FunctionCode code, Frame? caller, uint mask)
    {
        Frame frame;
        if (_free.TryGetValue(code, out var free) && free.Count > 0)
        {
            frame = free.Pop();
        }
        else
        {
            frame = new Frame(code);
            _all.Add(frame);
        }
        frame.Caller = caller;
        frame.Depth = caller is null ? 0 : caller.Depth + 1;
        frame.Entered = mask;
        frame.Returned = 0;
        frame.LocalBase = caller is null ? 0 : caller.LocalBase + ((caller.Code.LocalBytes + 15) & ~15);
        if (code.LocalBytes > 0)
            Local.Clear(frame.LocalBase, code.LocalBytes);
        foreach (var preset in code.Presets)
        {
            if (preset.Kind != PresetKind.Constant)
                Fill(frame, preset);
        }
        return frame;
    }

    public Frame Call(CallTarget target, Frame caller, int returnPc, uint mask, IPlace place)
    {
        if (caller.Depth >= MaxDepth || caller.LocalBase + caller.Code.LocalBytes + target.Code!.LocalBytes > launch.Code.LocalBytes + CallStack - 64)
            throw new KernelFaultException(new Report(ReportKind.OutOfBounds, $"call of {target.Name}: the stack is full", place.Where()));
        var frame = Enter(target.Code!, caller, mask);
        frame.ReturnPc = returnPc;
        frame.Call = target;
        for (uint m = mask; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            for (int k = 0; k < target.Arguments.Length; k++)
            {
                var (offset, bytes) = target.Arguments[k];
                Buffer.MemoryCopy(caller.Param(lane, offset), frame.Param(lane, frame.Code.FormalParams[k].Offset), bytes, bytes);
            }
        }
        return frame;
    }

    public void CopyResults(Frame frame)
    {
        for (uint m = frame.Entered; m != 0; m &= m - 1)
        {
            int lane = BitOperations.TrailingZeroCount(m);
            for (int k = 0; k < frame.Call!.Results.Length; k++)
            {
                var (offset, bytes) = frame.Call.Results[k];
                Buffer.MemoryCopy(frame.Param(lane, frame.Code.FormalResults[k].Offset), frame.Caller!.Param(lane, offset), bytes, bytes);
            }
        }
    }

    public void Leave(Frame frame)
    {
        if (!_free.TryGetValue(frame.Code, out var free))
            _free[frame.Code] = free = new Stack<Frame>();
        free.Push(frame);
    }

    private void Fill(Frame frame, Preset preset)
    {
        if (preset.Kind == PresetKind.PredicateTrue)
        {
            *(uint*)(frame.Registers + preset.Register) = LaneContext.Full;
            return;
        }
        for (int lane = 0; lane < LaneContext.WarpSize; lane++)
            frame.Set(preset, lane, Value(frame, preset, (uint)lane));
    }

    private ulong Value(Frame frame, Preset preset, uint lane)
    {
        var size = launch.Block;
        uint thread = ((uint)warp * LaneContext.WarpSize) + lane;
        return preset.Kind switch
        {
            PresetKind.LocalAddress => (ulong)frame.LocalBase + preset.Value,
            PresetKind.TidX => thread % size.X,
            PresetKind.TidY => thread / size.X % size.Y,
            PresetKind.TidZ => thread / (size.X * size.Y),
            PresetKind.NtidX => size.X,
            PresetKind.NtidY => size.Y,
            PresetKind.NtidZ => size.Z,
            PresetKind.CtaidX => block.Index.X,
            PresetKind.CtaidY => block.Index.Y,
            PresetKind.CtaidZ => block.Index.Z,
            PresetKind.NctaidX => launch.Grid.X,
            PresetKind.NctaidY => launch.Grid.Y,
            PresetKind.NctaidZ => launch.Grid.Z,
            PresetKind.LaneId => lane,
            PresetKind.WarpId => (uint)warp,
            PresetKind.NwarpId => (uint)((block.Threads + 31) / 32),
            PresetKind.LanemaskEq => 1u << (int)lane,
            PresetKind.LanemaskLt => (1u << (int)lane) - 1,
            PresetKind.LanemaskLe => (uint)((2ul << (int)lane) - 1),
            PresetKind.LanemaskGt => ~(uint)((2ul << (int)lane) - 1),
            PresetKind.LanemaskGe => ~((1u << (int)lane) - 1),
            PresetKind.SmId => block.Index.X % (uint)launch.Settings.Multiprocessors,
            PresetKind.NsmId => (uint)launch.Settings.Multiprocessors,
            PresetKind.GridId => 0,
            PresetKind.TotalSharedSize => (uint)block.Shared.Bytes,
            PresetKind.DynamicSharedSize => (uint)launch.DynamicShared,
            _ => preset.Value,
        };
    }

    public void Dispose()
    {
        foreach (var frame in _all)
            frame.Dispose();
        _local?.Dispose();
    }
}
