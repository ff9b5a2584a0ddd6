namespace GraphPipe.Planning;

/// <summary>
/// PipeDream (Narayanan et al., SOSP 2019, section 3.3): 1F1B without a flush, an update after the backward of every micro-batch, and weight stashing: a forward sees the newest
/// weights, its backward the same ones. On a chain of p stages, stage r sees weights that lack p − 1 − r updates, and holds p − r versions. (Not its vertical sync, which would take the same version on all stages.)
/// </summary>
[Schedule("pipedream")]
public sealed class PipeDream(int? every) : AsynchronousSchedule("pipedream", WeightRule.Newest, every)
{
    public PipeDream()
        : this(null)
    {
    }

    public override AsynchronousSchedule With(int every) => new PipeDream(every);

    private protected override int Every(int microBatches, int depth) => 1;

    private protected override string? Need(int every, int depth) => every == 1 ? null : "an update after every micro-batch (pipedream-2bw adds up gradients)";
}
