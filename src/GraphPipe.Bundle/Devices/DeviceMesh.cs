using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Bundle;

/// <summary>One device of a mesh: a kind (<c>cpu</c>, <c>cuda</c>, a modelled device) and its number within the kind.</summary>
public readonly record struct DeviceName(string Kind, int Number)
{
    /// <summary>E.g. <c>cpu:0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}:{Number}");

    public static DeviceName Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new DeviceName(text[..colon], number)
            : throw new FormatException($"'{text}' is no device name");
    }
}

/// <summary>The devices of a pipeline, in order; <see cref="DeviceId"/> is the position.</summary>
public sealed record DeviceMesh(ImmutableArray<DeviceName> Devices)
{
    public static DeviceMesh Cpu(int count) => new([.. Enumerable.Range(0, count).Select(i => new DeviceName("cpu", i))]);

    public DeviceName this[DeviceId id] => Devices[id.Value];

    public int Count => Devices.Length;

    /// <summary>
    /// Reads the command line's spelling: <c>cpu:4</c> (four CPU devices), <c>cuda:0,1</c> (these two), <c>cuda:0x4</c> (four virtual devices on
    /// GPU 0: numbered 0 to 3 here, the runtime maps them). Without a colon the first of the kind.
    /// </summary>
    /// <exception cref="DiagnosticException">GP3001: the text is no list of devices.</exception>
    public static DeviceMesh Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon];
        string rest = colon >= 0 ? text[(colon + 1)..] : kind == "cuda" ? "0" : "1";
        if (kind == "cpu" && TryCount(rest, out int cpus))
            return Cpu(cpus);
        if (kind == "cuda")
        {
            int times = rest.IndexOf('x', StringComparison.Ordinal);
            if (times > 0 && TryNumber(rest[..times], out int gpu) && TryCount(rest[(times + 1)..], out int virtuals))
                return new([.. Enumerable.Range(0, virtuals).Select(i => new DeviceName(string.Create(CultureInfo.InvariantCulture, $"cuda{gpu}x"), i))]);
            int[] gpus = [.. rest.Split(',').Select(n => TryNumber(n, out int number) ? number : -1)];
            if (!gpus.Contains(-1) && gpus.Distinct().Count() == gpus.Length)
                return new([.. gpus.Select(n => new DeviceName("cuda", n))]);
        }

        throw new DiagnosticException(Diagnostic.Error(
            Codes.DevicesUnreadable,
            $"'{text}' names no devices",
            advice: "write devices of one kind, each once: cpu:4 for four CPU devices, cuda:0,1 for two GPUs, cuda:0x4 for four virtual devices on GPU 0, cuda:all for all GPUs, 8xv100@4 for eight modelled V100s, four to a node"));
    }

    public override string ToString() => "[" + string.Join(", ", Devices) + "]";

    public bool Equals(DeviceMesh? other) => other is not null && Devices.AsSpan().SequenceEqual(other.Devices.AsSpan());

    public override int GetHashCode() => Devices.Length == 0 ? 0 : HashCode.Combine(Devices.Length, Devices[0]);

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryCount(string text, out int count) =>
        TryNumber(text, out count) && count is > 0 and <= 65536;
}
