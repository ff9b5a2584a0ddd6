using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Planning.Peers;

namespace GraphPipe.Cli;

/// <summary>The options of <c>plan</c> that belong to the peers' own inputs and models of cost.</summary>
internal sealed class PeerOptions
{
    private const int MaxDevices = 65536;

    public PeerOptions(Command command)
    {
        foreach (var option in All)
            command.Add(option);
    }

    public Option<string[]> Bandwidth { get; } = OptionKinds.Words("--bandwidth", "BYTES,…", "Of --format piper and pipedream: bytes per second, one for each level of --devices (8, or 4x2 with the innermost level first).");

    public Option<bool> TensorParallel { get; } = OptionKinds.Flag("--tensor-parallel", "Of Piper: allow tensor degrees above 1.");

    public Option<bool> NoDataParallel { get; } = OptionKinds.Flag("--no-data-parallel", "Of Piper: allow no data degrees above 1.");

    public Option<double?> ActivationRatio { get; } = OptionKinds.Number("--activation-ratio", "X", "Of PipeDream: count transfers of activations, divided by X. Default: don't count them.");

    public Option<bool> Straight { get; } = OptionKinds.Flag("--straight", "Of PipeDream: exactly one stage for each machine.");

    public Option<bool> UseFewerMachines { get; } = OptionKinds.Flag("--use-fewer-machines", "Of PipeDream: leave a machine idle where that is better.");

    public IEnumerable<Option> All => [Bandwidth, .. Piper, .. PipeDream];

    public IEnumerable<Option> Piper => [TensorParallel, NoDataParallel];

    public IEnumerable<Option> PipeDream => [ActivationRatio, Straight, UseFewerMachines];

    /// <summary>Levels of machines, innermost first: <c>8</c>, <c>4x2</c>.</summary>
    /// <returns>Null if the text is no list of numbers.</returns>
    /// <exception cref="DiagnosticException">GP3001: a level has no machines, or too many.</exception>
    public static ImmutableArray<int>? Levels(string text)
    {
        var levels = ImmutableArray.CreateBuilder<int>();
        long product = 1;
        foreach (string part in text.Split('x'))
        {
            if (part.Length == 0 || !part.All(char.IsAsciiDigit))
                return null;
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int level) || level < 1 || (product *= level) > MaxDevices)
                throw new DiagnosticException(Diagnostic.Error(Codes.DevicesUnreadable, $"'{text}' is no number of devices from 1 to {MaxDevices}", advice: "write --devices 8, or 4x2 for two times four"));
            levels.Add(level);
        }

        return levels.ToImmutable();
    }

    /// <summary>Bytes per second, one for each level.</summary>
    /// <param name="otherwise">If the option is not given; null if it must be.</param>
    public ImmutableArray<double> ReadBandwidth(Call call, int levels, double? otherwise)
    {
        string[]? words = call.Get(Bandwidth);
        if (words is not { Length: > 0 })
            return otherwise is { } one ? [.. Enumerable.Repeat(one, levels)] : throw Usage.Error("--bandwidth is missing: the profile says none", "write --bandwidth 1e9, or --bandwidth 1e10,1e9 for two levels, in bytes per second");
        if (words.Length != levels)
            throw Usage.Error($"--bandwidth has {words.Length} numbers, but --devices {levels} level{(levels == 1 ? "" : "s")}", "give one for each level, the innermost first");
        return
        [
            .. words.Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && number > 0
                ? number
                : throw Usage.Error($"--bandwidth wants bytes per second, not '{word}'")),
        ];
    }

    /// <summary>The devices that numbers stand for: levels above the innermost are nodes.</summary>
    public Topology ToTopology(Call call, ImmutableArray<int> levels, double? bandwidth, Bytes memory)
    {
        var perSecond = ReadBandwidth(call, levels.Length, bandwidth);
        int count = levels.Aggregate(1, (product, level) => product * level);
        return new Topology(
            [.. Enumerable.Range(0, count).Select(i => new TopologyDevice(string.Create(CultureInfo.InvariantCulture, $"d{i}"), "peer", i / levels[0], memory, 1))],
            new Link(perSecond[0] / 1e6, Microseconds.Zero),
            new Link(perSecond[^1] / 1e6, Microseconds.Zero));
    }

    public PiperOptions ReadPiper(Call call, PlanningOptions planning, PiperInput input)
    {
        var levels = RequireLevels(call, planning, input.Devices);
        if (levels.Length != 1)
            throw Usage.Error("Piper knows one level of devices", "write --devices 8");
        return new PiperOptions(
            levels[0],
            call.Get(planning.Memory)?.Value ?? input.MemoryPerDevice,
            ReadBandwidth(call, 1, input.Bandwidth)[0],
            call.Get(planning.MicroBatches) ?? input.MicroBatches,
            call.Get(TensorParallel),
            !call.Get(NoDataParallel),
            call.Get(planning.Recompute) switch
            {
                null or "per-node" => PiperRecompute.PerNode,
                "per-stage" => PiperRecompute.PerStage,
                "forced" => PiperRecompute.Forced,
                "off" => PiperRecompute.Off,
                var other => throw Usage.Error($"Piper has no --recompute {other}", "it has per-node, per-stage, forced and off"),
            });
    }

    public PipeDreamOptions ReadPipeDream(Call call, PlanningOptions planning)
    {
        var levels = RequireLevels(call, planning, null);
        var bandwidth = ReadBandwidth(call, levels.Length, null);
        double? ratio = call.Get(ActivationRatio);
        if (ratio == 0)
            throw Usage.Error("--activation-ratio wants a positive number");
        return new PipeDreamOptions([.. levels.Zip(bandwidth, (m, b) => new PipeDreamLevel(m, b))])
        {
            ActivationRatio = ratio,
            Straight = call.Get(Straight),
            UseFewerMachines = call.Get(UseFewerMachines),
            Memory = call.Get(planning.Memory)?.Value,
        };
    }

    private static ImmutableArray<int> RequireLevels(Call call, PlanningOptions planning, int? otherwise)
    {
        if (call.Get(planning.Devices.Devices) is not { } text)
            return otherwise is { } count ? [count] : throw Usage.Error("--devices is missing: the profile says none", "write --devices 8, or 4x2 with the innermost level first");
        return Levels(text) ?? throw Usage.Error($"a peer's own model wants a number of devices, not '{text}'", "write --devices 8, or 4x2 with the innermost level first");
    }
}
