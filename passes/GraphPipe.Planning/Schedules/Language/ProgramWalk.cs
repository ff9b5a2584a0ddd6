namespace GraphPipe.Planning;

/// <summary>
/// In which order a device takes the micro-batches of its stages: each stage its own in ascending order, and where a program leaves the stage open,
/// turns of a number of micro-batches from stage to stage.
/// </summary>
/// <param name="stages">Of the device.</param>
/// <param name="microBatches">Of each stage.</param>
/// <param name="turn">At least 1; the last turn of a stage may be shorter.</param>
/// <param name="isBackward">From the last stage to the first.</param>
internal sealed class ProgramWalk(int stages, int microBatches, long turn, bool isBackward)
{
    private readonly int[] _next = new int[stages];
    private long _position;

    public bool IsDone => _position == (long)stages * microBatches;

    /// <summary>The next micro-batch of a stage, counted on the device; null if there is none.</summary>
    public int? HeadOf(int stage) => _next[stage] < microBatches ? _next[stage] : null;

    /// <summary>The next of all; null if there is none.</summary>
    public (int Stage, int MicroBatch)? Head()
    {
        while (!IsDone)
        {
            var head = At(_position);
            if (head.MicroBatch >= _next[head.Stage])
                return head;
            _position++;
        }

        return null;
    }

    /// <summary>Takes the next micro-batch of a stage.</summary>
    public void Take(int stage)
    {
        _next[stage]++;
        // So that the end is seen without a look at the head.
        Head();
    }

    private (int Stage, int MicroBatch) At(long position)
    {
        long round = position / turn / stages, first = round * turn;
        long size = Math.Min(turn, microBatches - first), within = position - first * stages;
        int stage = (int)(within / size);
        return (isBackward ? stages - 1 - stage : stage, (int)(first + within % size));
    }
}
