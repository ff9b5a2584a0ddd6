namespace GraphPipe.Bundle;

/// <summary>What travels on a channel, and so when.</summary>
public enum ChannelKind
{
    /// <summary>A value of the forward, one message per micro-batch.</summary>
    Activation,

    /// <summary>A gradient of such a value, back again.</summary>
    Gradient,

    /// <summary>A stage's gradient sum of a shared parameter to the parameter's owner, once per step.</summary>
    ParameterGradient,

    /// <summary>A shared parameter's new value from its owner, once per step.</summary>
    ParameterValue,
}

/// <summary>A bounded first-in first-out queue between two stages.</summary>
/// <param name="Shape">Shape of one message, in N.</param>
/// <param name="Depth">Messages it holds.</param>
public sealed record ChannelDecl(ChannelId Id, string Name, ChannelKind Kind, DType Type, Shape Shape, BatchLayout? Batch, StageId From, StageId To, int Depth)
{
    /// <summary>True for channels that carry one message per step, not per micro-batch.</summary>
    public bool IsPerStep => Kind is ChannelKind.ParameterGradient or ChannelKind.ParameterValue;

    public Bytes MessageSize(long batch)
    {
        long elements = 1;
        foreach (var dim in Shape.Dims)
            elements = checked(elements * dim.At(batch));
        return Type.Size(elements);
    }
}
