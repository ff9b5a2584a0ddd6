namespace GraphPipe.Planning.Peers;

/// <summary>Which nodes make their activations again.</summary>
public enum PiperRecompute
{
    /// <summary>Greedily, those with the least extra time per byte saved until the stage fits. Piper's own.</summary>
    PerNode,

    /// <summary>All nodes of a stage that does not fit otherwise.</summary>
    PerStage,

    /// <summary>Every node.</summary>
    Forced,

    Off,
}

/// <summary>What Piper is asked.</summary>
/// <param name="Devices">K, an upper bound.</param>
/// <param name="Memory">Bytes of a device.</param>
/// <param name="Bandwidth">Bytes per unit of time out of each device.</param>
/// <param name="MicroBatches">N, micro-batches of a batch; data degrees divide it.</param>
/// <param name="TensorParallel">Whether tensor degrees above 1 are allowed.</param>
/// <param name="DataParallel">Whether data degrees above 1 are allowed.</param>
public sealed record PiperOptions(
    int Devices, double Memory, double Bandwidth, long MicroBatches, bool TensorParallel = false, bool DataParallel = true, PiperRecompute Recompute = PiperRecompute.PerNode)
{
    /// <summary>The place-holders of the file.</summary>
    public static PiperOptions Of(PiperInput input) => new(input.Devices, input.MemoryPerDevice, input.Bandwidth, input.MicroBatches);
}
