using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Small pipelines that use all queues of a device, and what they compute.</summary>
internal static class QueuePipelines
{
    private static readonly int[] Stages = [0, 1, 2, 3, 3];

    /// <summary>One layer, two branches on devices of their own, one device that joins them; four micro-batches.</summary>
    public static DensePipeline Of(string name, CudaDeviceProvider provider)
    {
        var plain = new DensePipeline(DenseModel.Diamond(0.9f), Stages) { Provider = provider, StallTimeout = TimeSpan.FromMinutes(2) };
        return name switch
        {
            "gpipe" => On(plain, "cuda"),
            "1f1b, two messages at a time" => On(plain with { OneForwardOneBackward = true, Depth = 2 }, "cuda"),
            "split backwards, two messages" => On(plain with { OneForwardOneBackward = true, Split = true, Depth = 2 }, "cuda"),
            "offload, one resident" => On(plain with { RewritePlan = p => HostCopies.Add(p, 1) }, "cuda"),
            "offload, two resident, split" => On(plain with { Split = true, Depth = 2, RewritePlan = p => HostCopies.Add(p, 2) }, "cuda"),
            "virtual devices, unlike micro-batches" => On(plain with { MicroBatch = [2, 4, 2, 4] }, "cuda0x"),
            "ready" => On(plain with { OneForwardOneBackward = true, Depth = 2, Dispatch = Dispatch.Ready }, "cuda"),
            _ => throw new ArgumentException($"no pipeline '{name}'", nameof(name)),
        };
    }

    public static TheoryData<string> Names =>
    [
        "gpipe", "1f1b, two messages at a time", "split backwards, two messages", "offload, one resident", "offload, two resident, split", "virtual devices, unlike micro-batches", "ready",
    ];

    /// <summary>One stage on one GPU with the same micro-batches.</summary>
    public static DensePipeline OneStage(DensePipeline like) => On(
        like with { StageOf = new int[like.StageOf.Length], MicroBatch = [like.MicroBatch[0]], RewritePlan = p => p, Dispatch = Dispatch.Planned }, "cuda");

    /// <summary>Trains on whole and short mini-batches and looks at the outputs in between.</summary>
    /// <returns>The bits of all losses and parameters.</returns>
    public static List<string> Train(DensePipeline pipeline, params int[] samples)
    {
        using var executor = pipeline.Open();
        var numbers = new List<string>();
        foreach (int count in samples)
        {
            numbers.Add($"loss {BitConverter.DoubleToInt64Bits(executor.Step(pipeline.Model.Batch(count)).Loss):x}");
            numbers.AddRange(executor.Forward(pipeline.Model.Batch(count)).Outputs.Select(o => $"{o.Key} {o.Value.Hash}"));
        }

        numbers.AddRange(executor.Parameters.Select(p => $"{p.Name} {executor.GetParameter(p.Name).Hash}"));
        return numbers;
    }

    private static DensePipeline On(DensePipeline pipeline, string kind) => pipeline with
    {
        RewritePlan = p => pipeline.RewritePlan(p) with { Mesh = new DeviceMesh([.. Enumerable.Range(0, p.Mesh.Count).Select(i => new DeviceName(kind, i))]) },
    };
}
