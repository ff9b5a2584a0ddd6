namespace GraphPipe.Planning;

/// <summary>
/// PipeDream-2BW (Narayanan et al., arXiv 2006.09503, section 3.1): gradients of m micro-batches are added up before an update, and the weights are buffered twice: all micro-batches of
/// generation t see W(t − 1) on every stage, so W(t + 1) = W(t) − lr · ∇f(W(t − 1)). Needs m ≥ the stages on the longest path, so that W(t − 1) is there when generation
/// t begins; the least such m that divides the mini-batch is the default.
/// </summary>
[Schedule("pipedream-2bw")]
public sealed class PipeDream2Bw(int? every) : AsynchronousSchedule("pipedream-2bw", WeightRule.Previous, every)
{
    public PipeDream2Bw()
        : this(null)
    {
    }

    public override AsynchronousSchedule With(int every) => new PipeDream2Bw(every);

    private protected override int Every(int microBatches, int depth) => DivisorFrom(depth, microBatches);

    private protected override string? Need(int every, int depth) => every >= depth ? null : "as many micro-batches between two updates as there are stages on the longest path";
}
