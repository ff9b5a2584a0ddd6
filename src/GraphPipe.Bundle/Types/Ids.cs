namespace GraphPipe.Bundle;

/// <summary>Position of a stage in a plan.</summary>
public readonly record struct StageId(int Value) : IComparable<StageId>
{
    public int CompareTo(StageId other) => Value.CompareTo(other.Value);

    public override string ToString() => $"stage {Value}";
}

/// <summary>Position of a channel in a bundle's list of channels.</summary>
public readonly record struct ChannelId(int Value) : IComparable<ChannelId>
{
    public int CompareTo(ChannelId other) => Value.CompareTo(other.Value);

    public override string ToString() => $"channel {Value}";
}

/// <summary>Position of a device in the mesh.</summary>
public readonly record struct DeviceId(int Value) : IComparable<DeviceId>
{
    public int CompareTo(DeviceId other) => Value.CompareTo(other.Value);

    public override string ToString() => $"device {Value}";
}

/// <summary>Position of a buffer in a stage program.</summary>
public readonly record struct BufferId(int Value)
{
    /// <summary>An operand that is left out.</summary>
    public static readonly BufferId None = new(-1);

    public bool IsNone => Value < 0;

    public override string ToString() => IsNone ? "_" : $"b{Value}";
}

/// <summary>Number of a micro-batch within its mini-batch, from 0.</summary>
public readonly record struct MicroBatch(int Index) : IComparable<MicroBatch>
{
    public int CompareTo(MicroBatch other) => Index.CompareTo(other.Index);

    public override string ToString() => $"micro-batch {Index}";
}
