using System.Diagnostics;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cuda;

namespace GraphPipe.Benchmarks.Gpu;

/// <summary>
/// What a GPU costs beside the arithmetic: a launch, copies, and whether copies run beside kernels. Prints tables; <c>eng/gpu-check.sh</c> puts them into its report.
/// </summary>
internal sealed class GpuBenchmark
{
    private readonly string? _driver;
    private readonly string _devices;
    private readonly int _repeats;
    private readonly long _bytes;
    private readonly int _launches;

    // On a mock driver the figures mean nothing and only have to come.
    private GpuBenchmark(string? driver, string devices, bool small)
    {
        (_driver, _devices) = (driver, devices);
        (_repeats, _bytes, _launches) = small ? (2, 1 << 16, 20) : (10, 1L << 28, 1000);
    }

    /// <param name="arguments"><c>--devices cuda:0,1</c>, <c>--cuda-driver PATH</c>, <c>--small</c> for a mock driver.</param>
    public static int Run(string[] arguments)
    {
        string? Text(string name) => Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;
        new GpuBenchmark(Text("--cuda-driver"), Text("--devices") ?? "cuda:0", arguments.Contains("--small")).Print();
        return 0;
    }

    private void Print()
    {
        var names = DeviceMesh.Parse(_devices).Devices;
        using var plainProvider = new CudaDeviceProvider(_driver) { UsesGraphs = false };
        using (var plain = plainProvider.Open(names[0], names.Length))
        {
            plain.Enter();
            PrintLaunches(plain, "call by call");
            Console.WriteLine();
        }

        using var provider = new CudaDeviceProvider(_driver);
        using var device = provider.Open(names[0], names.Length);
        device.Enter();
        PrintLaunches(device, "as a graph");
        nint a = device.Allocate(new Bytes(_bytes)), b = device.Allocate(new Bytes(_bytes)), host = device.AllocateHost(new Bytes(_bytes));
        Console.WriteLine($"\n| copy of {_bytes >> 10} KiB | GB/s |\n|---|---|");
        PrintCopy("page-locked host to GPU", device, DeviceQueue.Reload, () => device.Reload(host, a, new Bytes(_bytes)));
        PrintCopy("GPU to page-locked host", device, DeviceQueue.Offload, () => device.Offload(a, host, new Bytes(_bytes)));
        PrintCopy("within the GPU", device, DeviceQueue.Send, () => device.Copy(DeviceQueue.Send, a, b, StridedCopy.Whole(_bytes)));
        if (names.Length > 1)
        {
            using var other = provider.Open(names[1], names.Length);
            nint there = other.Allocate(new Bytes(_bytes));
            device.Enter();
            PrintCopy($"to {names[1]}", device, DeviceQueue.Send, () => device.Copy(DeviceQueue.Send, a, there, StridedCopy.Whole(_bytes)));
        }

        PrintOverlap(device, a, host);
    }

    // The first run of a function launches its calls, the second makes a graph of them; neither counts.
    private void PrintLaunches(IDevice device, string how)
    {
        var (function, bases) = Bind(device, "Neg", 256, _launches);
        var run = new FunctionRun(0, true);
        var queued = new List<double>();
        function.Run(bases, run);
        double gpu = Median(device, [DeviceQueue.Compute], () =>
        {
            long start = Stopwatch.GetTimestamp();
            function.Run(bases, run);
            queued.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        });
        queued.Sort();
        Console.WriteLine($"| {_launches} launches of 256 elements, {how} | µs a launch |\n|---|---|");
        Console.WriteLine($"| to queue it | {Number(queued[queued.Count / 2] / _launches)} |");
        Console.WriteLine($"| from the GPU's clock | {Number(gpu / _launches)} |");
    }

    private void PrintCopy(string name, IDevice device, DeviceQueue queue, Action copy) =>
        Console.WriteLine($"| {name} | {Number(_bytes / 1e3 / Median(device, [queue], copy))} |");

    private void PrintOverlap(IDevice device, nint memory, nint host)
    {
        // As much arithmetic as takes about as long as the copy: the exponential of as many bytes, a few times.
        var (function, bases) = Bind(device, "Exp", _bytes / sizeof(float), 8);
        void Compute() => function.Run(bases, new FunctionRun(0, true));
        void Copy() => device.Offload(memory, host, new Bytes(_bytes));
        double alone = Median(device, [DeviceQueue.Compute], Compute), copy = Median(device, [DeviceQueue.Offload], Copy);
        double both = Median(device, [DeviceQueue.Compute, DeviceQueue.Offload], () =>
        {
            Compute();
            Copy();
        });
        Console.WriteLine("\n| kernels and a copy to the host | ms |\n|---|---|");
        Console.WriteLine($"| kernels alone | {Number(alone / 1e3)} |\n| the copy alone | {Number(copy / 1e3)} |\n| both at once | {Number(both / 1e3)} |");
        Console.WriteLine($"| share of the shorter that is hidden | {Number((alone + copy - both) / Math.Min(alone, copy))} |");
    }

    // The GPU's time in µs from when all queues may begin to when the last is done; the first run does not count.
    private double Median(IDevice device, DeviceQueue[] queues, Action work)
    {
        using var start = device.CreateFence();
        var ends = queues.Select(_ => device.CreateFence()).ToList();
        var times = new List<double>();
        for (int i = 0; i <= _repeats; i++)
        {
            device.Signal(queues[0], start);
            foreach (var queue in queues.Skip(1))
                device.Await(queue, start);
            work();
            foreach (var (queue, end) in queues.Zip(ends))
                device.Signal(queue, end);
            ends.ForEach(e => e.Wait());
            if (i > 0)
                times.Add(ends.Max(e => e.Since(start).Value));
        }

        ends.ForEach(e => e.Dispose());
        return Statistics.Median(times);
    }

    /// <summary>A function that applies a kernel to the same elements several times.</summary>
    private static (IBoundFunction Function, nint[] Bases) Bind(IDevice device, string kernel, long elements, int calls)
    {
        var stage = new StageId(0);
        BufferDecl Buffer(string name) => new(name, DType.F32, Shape.Parse($"[{elements}]"), BufferLife.Persistent, null, BufferId.None);
        var call = new KernelCall(kernel, [new BufferId(0)], [new BufferId(1)], Attributes.Empty, Dim.Zero, []);
        var program = new StageProgram(stage, "gpu", [Buffer("x"), Buffer("y")], [new StageFunction(FunctionKind.Forward, [.. Enumerable.Repeat(call, calls)])], [], [], [], [], BufferId.None);
        var forward = PlanAction.Compute(ActionKind.Forward, stage, new MicroBatch(0), new SampleRange(0, 1));
        var plan = new ExecutionPlan(1, "gpu", new DeviceMesh([device.Name]), [new PlannedStage(stage, "gpu", new DeviceId(0), 1, 1)], [], [new DeviceActions(new DeviceId(0), [forward])]);
        var memory = MemoryPlan.Compute(plan, [program]);
        nint[] bases = new nint[Enum.GetValues<BufferLife>().Length];
        bases[(int)BufferLife.Persistent] = device.Allocate(memory.Devices[0].Persistent);
        var diagnostics = new DiagnosticBag();
        var function = device.Bind(new FunctionBinding(program, program.Functions[0], memory[stage], 1), diagnostics);
        diagnostics.ThrowIfErrors();
        return (function, bases);
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
