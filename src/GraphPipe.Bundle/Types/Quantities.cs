using System.Globalization;

namespace GraphPipe.Bundle;

/// <summary>A number of bytes.</summary>
public readonly record struct Bytes(long Value) : IComparable<Bytes>
{
    public static readonly Bytes Zero;

    /// <summary>Every buffer starts on such a border: one cache line, and one Vector512.</summary>
    public const long Alignment = 64;

    public Bytes Aligned() => new((Value + Alignment - 1) / Alignment * Alignment);

    public int CompareTo(Bytes other) => Value.CompareTo(other.Value);

    public static Bytes operator +(Bytes a, Bytes b) => new(checked(a.Value + b.Value));

    public static Bytes operator -(Bytes a, Bytes b) => new(checked(a.Value - b.Value));

    public static Bytes operator *(Bytes a, long n) => new(checked(a.Value * n));

    public static bool operator <(Bytes a, Bytes b) => a.Value < b.Value;

    public static bool operator >(Bytes a, Bytes b) => a.Value > b.Value;

    public static bool operator <=(Bytes a, Bytes b) => a.Value <= b.Value;

    public static bool operator >=(Bytes a, Bytes b) => a.Value >= b.Value;

    public static Bytes Max(Bytes a, Bytes b) => a > b ? a : b;

    /// <summary>For people: <c>12.5 MiB</c>.</summary>
    public override string ToString()
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = Value;
        int unit = 0;
        while (Math.Abs(value) >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(unit == 0 ? "0" : "0.##", CultureInfo.InvariantCulture) + " " + units[unit];
    }
}

/// <summary>A duration in microseconds.</summary>
public readonly record struct Microseconds(double Value) : IComparable<Microseconds>
{
    public static readonly Microseconds Zero;

    public int CompareTo(Microseconds other) => Value.CompareTo(other.Value);

    public static Microseconds operator +(Microseconds a, Microseconds b) => new(a.Value + b.Value);

    public static Microseconds operator -(Microseconds a, Microseconds b) => new(a.Value - b.Value);

    public static Microseconds operator *(Microseconds a, double n) => new(a.Value * n);

    public static Microseconds operator /(Microseconds a, double n) => new(a.Value / n);

    public static bool operator <(Microseconds a, Microseconds b) => a.Value < b.Value;

    public static bool operator >(Microseconds a, Microseconds b) => a.Value > b.Value;

    public static bool operator <=(Microseconds a, Microseconds b) => a.Value <= b.Value;

    public static bool operator >=(Microseconds a, Microseconds b) => a.Value >= b.Value;

    public static Microseconds Max(Microseconds a, Microseconds b) => a > b ? a : b;

    public override string ToString() => Value.ToString("0.###", CultureInfo.InvariantCulture) + " us";
}

/// <summary>The samples [Start, End) of a mini-batch.</summary>
public readonly record struct SampleRange(long Start, long End)
{
    public long Count => End - Start;

    public override string ToString() => $"[{Start},{End})";
}
