namespace GraphPipe.Planning;

/// <summary>
/// XPipe (Guan et al., arXiv 1911.04610): the weights of a micro-batch are predicted over the updates that will come before its own. The first micro-batch of a generation, the bellwether, moves the newest weights
/// by s updates in the direction that Adam has, W − s · lr · m̂ / (√v̂ + ε), with s the updates that its stage has yet to make; the others of its generation share the result, forward and backward. With w
/// micro-batches in flight and n in a generation s is ⌈(w − 1)/n⌉, and there are s + 1 predictions beside the newest weights. n is by default the least number that divides the mini-batch and is no less than the stages on
/// the longest path; any will do. Written after the formula as others give it, not after the paper itself: if that predicts again for the backward, this does not.
/// </summary>
[Schedule("xpipe")]
public sealed class XPipe(int? every) : AsynchronousSchedule("xpipe", WeightRule.Predicted, every)
{
    public XPipe()
        : this(null)
    {
    }

    public override AsynchronousSchedule With(int every) => new XPipe(every);

    private protected override int Every(int microBatches, int depth) => DivisorFrom(depth, microBatches);
}
