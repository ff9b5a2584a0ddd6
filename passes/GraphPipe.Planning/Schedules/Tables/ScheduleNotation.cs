using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Planning;

/// <summary>
/// How tables spell a piece of work: stage, kind, micro-batch, as in <c>3F5</c>, <c>3SEND_F5</c>, <c>3OFF_SEND_START5</c> or <c>3UNSHARD</c>. The
/// spelling is that of torch.distributed.pipelining, offloading that of the zero-bubble repository.
/// </summary>
public static class ScheduleNotation
{
    // Longest first where one spelling begins another.
    private static readonly ImmutableArray<(TaskKind Kind, string Text)> s_kinds =
    [
        (TaskKind.SendForward, "SEND_F"),
        (TaskKind.ReceiveForward, "RECV_F"),
        (TaskKind.SendBackward, "SEND_B"),
        (TaskKind.ReceiveBackward, "RECV_B"),
        (TaskKind.OffloadStart, "OFF_SEND_START"),
        (TaskKind.OffloadEnd, "OFF_SEND_END"),
        (TaskKind.ReloadPrepare, "OFF_RECV_PREP"),
        (TaskKind.ReloadStart, "OFF_RECV_START"),
        (TaskKind.ReloadEnd, "OFF_RECV_END"),
        (TaskKind.Unshard, "UNSHARD"),
        (TaskKind.Reshard, "RESHARD"),
        (TaskKind.ReduceGradient, "REDUCE_GRAD"),
        (TaskKind.Forward, "F"),
        (TaskKind.Backward, "B"),
        (TaskKind.BackwardInput, "I"),
        (TaskKind.BackwardWeight, "W"),
        (TaskKind.Recompute, "R"),
    ];

    public static string Write(ScheduleTask task)
    {
        string kind = s_kinds.First(k => k.Kind == task.Kind).Text;
        return task.Kind >= TaskKind.Unshard
            ? string.Create(CultureInfo.InvariantCulture, $"{task.Stage.Value}{kind}")
            : string.Create(CultureInfo.InvariantCulture, $"{task.Stage.Value}{kind}{task.MicroBatch.Index}");
    }

    /// <returns>Null if the text is no piece of work.</returns>
    public static ScheduleTask? Parse(ReadOnlySpan<char> text)
    {
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits < 1 || !int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int stage))
            return null;
        var rest = text[digits..];
        foreach (var (kind, spelling) in s_kinds)
        {
            if (!rest.StartsWith(spelling, StringComparison.Ordinal))
                continue;
            var last = rest[spelling.Length..];
            if (kind >= TaskKind.Unshard)
                return last.IsEmpty ? new ScheduleTask(kind, new(stage), new(-1)) : null;
            return int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int microBatch)
                ? new ScheduleTask(kind, new(stage), new(microBatch))
                : null;
        }

        return null;
    }
}
