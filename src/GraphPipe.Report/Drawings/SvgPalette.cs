using System.Collections.Immutable;
using System.Text;

namespace GraphPipe.Report;

/// <summary>
/// How kinds of work look. Fills are light enough for dark numbers on them and stand out on white and on black alike; the second of two is for every other
/// stage of a device. Hues are told apart with the common kinds of colour blindness; letters in the legend say the rest.
/// </summary>
internal static class SvgPalette
{
    public static readonly ImmutableArray<(WorkKind Kind, string Class, string Label, string Fill, string OtherFill)> Kinds =
    [
        (WorkKind.Forward, "F", "F forward", "#7fb2ec", "#bcd7f6"),
        (WorkKind.Recompute, "R", "R forward again", "#b9a1e6", "#dccff3"),
        (WorkKind.Backward, "B", "B backward", "#86cf86", "#bfe6bf"),
        (WorkKind.BackwardInput, "I", "I backward, inputs", "#63c7bb", "#b0e3dc"),
        (WorkKind.BackwardWeight, "W", "W backward, weights", "#f3ab62", "#f9d5b0"),
        (WorkKind.Step, "S", "update", "#a3adb8", "#a3adb8"),
        (WorkKind.Send, "s", "send", "#d6455d", "#d6455d"),
        (WorkKind.Receive, "r", "receive", "#8a4fd0", "#8a4fd0"),
        (WorkKind.Offload, "o", "copy to the host", "#c9a227", "#c9a227"),
        (WorkKind.Reload, "p", "copy back", "#2f8f9d", "#2f8f9d"),
    ];

    /// <summary>The style sheet, with the colours of a dark page where the reader prefers one.</summary>
    public static string Style(IReadOnlyCollection<WorkKind> used)
    {
        var css = new StringBuilder("text{font:11px system-ui,\"Segoe UI\",Helvetica,Arial,sans-serif;fill:#24292f}.t{font-size:13px;font-weight:600}.q{fill:#57606a}.e{text-anchor:end}")
            .Append(".g{fill:#fff}.l{fill:#eef0f3}.x{stroke:#d0d7de;fill:none}.n text{text-anchor:middle;fill:#10151c;pointer-events:none}.n .h{font-size:9px}.b rect{stroke:#fff;stroke-width:.6}");
        foreach (var (kind, name, _, fill, other) in Kinds)
        {
            if (used.Contains(kind))
                css.Append($".{name}{{fill:{fill}}}").Append(fill == other ? "" : $".{name}o{{fill:{other}}}");
        }

        return css.Append("@media(prefers-color-scheme:dark){text{fill:#d1d7e0}.q{fill:#9198a1}.g{fill:#0d1117}.l{fill:#1f252d}.x{stroke:#3d444d}.b rect{stroke:#0d1117}}").ToString();
    }
}
