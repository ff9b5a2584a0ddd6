namespace GraphPipe.Planning;

/// <summary>
/// The order of DualPipe (DeepSeek-V3, arXiv 2412.19437, section 3.2.1; deepseek-ai/DualPipe) for a device with two stages, one that micro-batches
/// reach early and one that they reach late: a forward of one and a backward of the other are issued together, so that each hides the other's
/// messages. Eight steps: early forwards; both forwards; late backwards in two parts as bubbles ask for it; the pairs; then the same outwards.
/// </summary>
internal static class DualPipeOrder
{
    /// <param name="position">Of the device on the way from the ends (0) to the turn (<paramref name="depth"/> − 1).</param>
    /// <param name="depth">Devices from the ends to the turn.</param>
    /// <param name="early">Stage and first micro-batch of the way in.</param>
    /// <param name="late">The same of the way out.</param>
    /// <param name="microBatches">Of each; at least twice the depth.</param>
    public static void Add(List<ScheduleTask> tasks, int position, int depth, (int Stage, int First) early, (int Stage, int First) late, int microBatches)
    {
        int earlyForward = 0, lateForward = 0, earlyBackward = 0, lateBackward = 0;
        var weights = new Queue<(int Stage, int MicroBatch)>();

        void EarlyForward() => tasks.Add(TaskKind.Forward, early.Stage, early.First + earlyForward++);
        void LateForward() => tasks.Add(TaskKind.Forward, late.Stage, late.First + lateForward++);
        void Backward(int stage, int microBatch, bool splits)
        {
            tasks.Add(splits ? TaskKind.BackwardInput : TaskKind.Backward, stage, microBatch);
            if (splits)
                weights.Enqueue((stage, microBatch));
        }

        void EarlyBackward(bool splits = false) => Backward(early.Stage, early.First + earlyBackward++, splits);
        void LateBackward(bool splits = false) => Backward(late.Stage, late.First + lateBackward++, splits);
        void Weight()
        {
            var (stage, microBatch) = weights.Dequeue();
            tasks.Add(TaskKind.BackwardWeight, stage, microBatch);
        }

        void Together(Action forward, Action backward)
        {
            forward();
            tasks[^1] = tasks[^1] with { WithNext = true };
            backward();
        }

        int outside = depth - 1 - position;
        for (int i = 0; i < 2 * outside; i++)
            EarlyForward();
        for (int i = 0; i <= position; i++)
        {
            EarlyForward();
            LateForward();
        }

        for (int i = 0; i < outside; i++)
        {
            LateBackward(splits: true);
            Weight();
            LateForward();
        }

        for (int i = 0; i < microBatches - 2 * depth + position + 1; i++)
        {
            // At the turn nothing can be hidden yet: the backward's own forward has only just been.
            if (i == 0 && outside == 0)
            {
                EarlyForward();
                LateBackward();
            }
            else
            {
                Together(EarlyForward, () => LateBackward());
            }

            Together(LateForward, () => EarlyBackward());
        }

        for (int i = 0; i < outside; i++)
        {
            LateBackward();
            Together(LateForward, () => EarlyBackward());
        }

        // The second half of these splits, and which of the pair begins alternates from device to device.
        int half = (position + 1) / 2;
        for (int i = 0; i <= position; i++)
        {
            LateBackward(splits: i > half || (i == half && position % 2 == 1));
            EarlyBackward(splits: i >= half);
        }

        for (int i = 0; i < outside; i++)
        {
            Weight();
            EarlyBackward(splits: true);
        }

        for (int i = 0; i <= position; i++)
            Weight();
    }
}
