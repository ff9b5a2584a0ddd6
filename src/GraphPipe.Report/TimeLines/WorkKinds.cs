using System.Collections.Immutable;

namespace GraphPipe.Report;

/// <summary>The words for kinds of work, in traces and tables.</summary>
public static class WorkKinds
{
    private static readonly ImmutableArray<string> s_texts = ["FORWARD", "BACKWARD", "BACKWARD_INPUT", "BACKWARD_WEIGHT", "RECOMPUTE", "STEP", "SEND", "RECV", "OFFLOAD", "RELOAD"];

    /// <summary>E.g. <c>BACKWARD_INPUT</c>: that of plans.</summary>
    public static string Text(this WorkKind kind) => s_texts[(int)kind];

    /// <returns>Null if it is no word for a kind.</returns>
    public static WorkKind? Parse(string? text) => text is not null && s_texts.IndexOf(text) is >= 0 and var kind ? (WorkKind)kind : null;
}
