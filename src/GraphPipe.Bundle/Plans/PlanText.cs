using System.Globalization;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>
/// The text form of an <see cref="ExecutionPlan"/>: complete, deterministic, one line for each stage, channel and action.
/// <code>
/// graphpipe-plan 1
/// mini_batch 8
/// schedule 1f1b
/// mesh cpu:0 cpu:1
///
/// stage branch0 on cpu:0 micro_batch 2 in_flight 4
/// stage head on cpu:1 micro_batch 2 in_flight 4
///
/// channel h0 activation f32[N,64] batch(0) from branch0 to head depth 2
///
/// device cpu:0
///   FORWARD branch0 mb 0 [0,2)
///   SEND h0 mb 0 [0,2)
///   STEP branch0
/// </code>
/// A stage some of whose micro-batches wait on the host says how many samples are on the device at most: <c>… in_flight 8 resident 4</c>.
/// A stage that takes a part of every micro-batch says so: <c>… in_flight 4 replica 0 of 2</c>, and its micro-batch is that part.
/// Names that are no plain words stand in double quotes. A name that several things have is written as <c>#</c> and the thing's number.
/// Blank lines and lines that begin with <c>//</c> are skipped.
/// </summary>
public static class PlanText
{
    internal const string Header = "graphpipe-plan";
    internal const int Version = 1;

    /// <summary>The text of a plan; lines end with a line feed.</summary>
    /// <exception cref="ArgumentException">A stage's or a channel's number is not its position.</exception>
    public static string Write(ExecutionPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        CheckNumbers(plan);
        var devices = new PlanTextNames(plan.Mesh.Devices.Select(d => d.ToString()));
        var stages = new PlanTextNames(plan.Stages.Select(s => s.Name));
        var channels = new PlanTextNames(plan.Channels.Select(c => c.Name));
        var text = new StringBuilder();
        var invariant = CultureInfo.InvariantCulture;
        text.Append(invariant, $"{Header} {Version}\nmini_batch {plan.MiniBatch}\nschedule {PlanTextNames.Quote(plan.Schedule)}\nmesh");
        foreach (var device in plan.Mesh.Devices)
            text.Append(' ').Append(PlanTextNames.Quote(device.ToString()));
        if (plan.Generation is { } generation)
            text.Append(invariant, $"\ngeneration {generation}");
        text.Append("\n\n");
        foreach (var stage in plan.Stages)
        {
            text.Append(
                invariant,
                $"stage {PlanTextNames.Quote(stage.Name)} on {devices[stage.Device.Value]} micro_batch {stage.MicroBatch} in_flight {stage.InFlight}{(stage.Resident is { } resident ? string.Create(invariant, $" resident {resident}") : "")}{(stage.Replica == Replica.Only ? "" : $" replica {stage.Replica}")}\n");
        }

        if (!plan.Channels.IsEmpty)
            text.Append('\n');
        foreach (var channel in plan.Channels)
        {
            string batch = channel.Batch is { } layout ? $" {layout}" : "";
            text.Append(
                invariant,
                $"channel {PlanTextNames.Quote(channel.Name)} {Spelling.Of(channel.Kind)} {channel.Type.Text()}{channel.Shape}{batch} from {stages[channel.From.Value]} to {stages[channel.To.Value]} depth {channel.Depth}\n");
        }

        foreach (var list in plan.Devices)
        {
            text.Append(invariant, $"\ndevice {devices[list.Device.Value]}\n");
            foreach (var action in list.Actions)
                WriteAction(text, action, stages, channels);
        }

        return text.ToString();
    }

    /// <summary>Reads the text form; every faulty line is reported, with its number.</summary>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DiagnosticException">GP3007: the text is no plan.</exception>
    public static ExecutionPlan Parse(string text, string name = "plan.txt")
    {
        ArgumentNullException.ThrowIfNull(text);
        return new PlanTextParser(name).Parse(text);
    }

    private static void WriteAction(StringBuilder text, PlanAction action, PlanTextNames stages, PlanTextNames channels)
    {
        var names = action.Kind is ActionKind.Send or ActionKind.Recv ? channels : stages;
        text.Append("  ").Append(PlanAction.Keyword(action.Kind)).Append(' ').Append(names[action.Target]);
        if (!action.IsStep)
            text.Append(CultureInfo.InvariantCulture, $" mb {action.MicroBatch.Index} {action.Range}");
        else if (action.Range.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $" {action.Range}");
        if (action.Weights != default)
            text.Append(' ').Append(action.Weights);
        text.Append('\n');
    }

    private static void CheckNumbers(ExecutionPlan plan)
    {
        for (int i = 0; i < plan.Stages.Length; i++)
        {
            if (plan.Stages[i].Id.Value != i)
                throw new ArgumentException($"{plan.Stages[i].Id} stands at position {i}", nameof(plan));
        }

        for (int i = 0; i < plan.Channels.Length; i++)
        {
            if (plan.Channels[i].Id.Value != i)
                throw new ArgumentException($"{plan.Channels[i].Id} stands at position {i}", nameof(plan));
        }
    }
}
