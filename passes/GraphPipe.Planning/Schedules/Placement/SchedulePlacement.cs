using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The rule by which a schedule puts stages on devices. p devices, stages numbered in a topological order.</summary>
public enum PlacementKind
{
    /// <summary>Stage s on device s; devices may be left over.</summary>
    OneStage,

    /// <summary>Stage s on device s mod p: a loop around the devices.</summary>
    Loop,

    /// <summary>Device r has stages r and 2p − 1 − r: down the devices and up again.</summary>
    V,

    /// <summary>Down and up as often as there are pairs of stages on a device; V is one wave.</summary>
    Wave,

    /// <summary>Two copies of p stages, one down the devices and one up: device r has stages r and p − 1 − r. The micro-batch decides which copy runs.</summary>
    Bidirectional,

    /// <summary>As a user's table has it.</summary>
    Table,
}

/// <summary>Where each stage lives, known before the order of work is. Devices are numbered as the schedule sees them, 0 to <see cref="Devices"/> − 1.</summary>
public sealed class SchedulePlacement
{
    private readonly ImmutableArray<ImmutableArray<DeviceId>> _copies;

    private SchedulePlacement(int devices, ImmutableArray<ImmutableArray<DeviceId>> copies)
    {
        Devices = devices;
        _copies = copies;
    }

    public int Devices { get; }

    public int Stages => _copies[0].Length;

    /// <summary>How many devices have each stage.</summary>
    public int Copies => _copies.Length;

    /// <summary>The device of a stage.</summary>
    /// <param name="copy">Which of its copies, below <see cref="Copies"/>.</param>
    public DeviceId this[StageId stage, int copy = 0] => _copies[copy][stage.Value];

    /// <summary>The stages of a device, each with its copy, in order of the stages.</summary>
    public ImmutableArray<(StageId Stage, int Copy)> On(DeviceId device) =>
    [
        .. from stage in Enumerable.Range(0, Stages)
           from copy in Enumerable.Range(0, Copies)
           where _copies[copy][stage] == device
           select (new StageId(stage), copy),
    ];

    /// <summary>A placement stage by stage.</summary>
    /// <param name="copies">For each copy of the stages the device of each, below <paramref name="devices"/>.</param>
    public static SchedulePlacement At(int devices, ImmutableArray<ImmutableArray<DeviceId>> copies) => new(devices, copies);

    /// <param name="need">What the rule needs instead, in words; empty if it fits.</param>
    /// <returns>Null if the rule does not fit so many stages on so many devices.</returns>
    public static SchedulePlacement? Of(PlacementKind kind, int stages, int devices, out string need)
    {
        need = kind switch
        {
            _ when stages < 1 || devices < 1 => "at least one stage and one device",
            PlacementKind.OneStage when stages > devices => "a device for every stage",
            PlacementKind.Loop when stages % devices != 0 => "equally many stages on every device",
            PlacementKind.V when stages != 2 * devices => "two stages on every device",
            PlacementKind.Wave when stages % (2 * devices) != 0 => "an even number of stages on every device",
            PlacementKind.Bidirectional when devices % 2 != 0 => "an even number of devices",
            PlacementKind.Bidirectional when stages != devices => "as many stages as devices",
            _ => "",
        };
        if (need.Length > 0)
            return null;
        int DeviceOf(int stage) => kind switch
        {
            PlacementKind.Loop => stage % devices,
            // The device at which a wave turns has two stages in a row.
            PlacementKind.V or PlacementKind.Wave => stage / devices % 2 == 0 ? stage % devices : devices - 1 - stage % devices,
            _ => stage,
        };
        ImmutableArray<DeviceId> first = [.. Enumerable.Range(0, stages).Select(s => new DeviceId(DeviceOf(s)))];
        return new(devices, kind == PlacementKind.Bidirectional ? [first, [.. first.Reverse()]] : [first]);
    }
}
