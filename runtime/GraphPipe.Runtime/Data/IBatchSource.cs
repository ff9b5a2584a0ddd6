namespace GraphPipe.Runtime;

/// <summary>
/// Where mini-batches come from. Implement it to feed a trainer from anything: files, a database, a generator. Epochs must be repeatable, so that
/// a resumed run sees the same data.
/// </summary>
public interface IBatchSource
{
    /// <summary>The mini-batches of an epoch, in order; the last may be short.</summary>
    /// <param name="epoch">From 0.</param>
    IEnumerable<MiniBatch> Epoch(int epoch);
}
