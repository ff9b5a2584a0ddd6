namespace GraphPipe.Planning;

/// <summary>The part of a training step in which an op runs: the same op may be faster in one, by what the caches hold then.</summary>
public enum OpPhase
{
    /// <summary>Forward and loss.</summary>
    Forward,

    /// <summary>The backward that other stages wait for.</summary>
    BackwardInput,

    /// <summary>The backward that only makes gradients of parameters.</summary>
    BackwardWeight,

    /// <summary>The optimizer's step, once for a mini-batch.</summary>
    Update,
}

/// <summary>An op as costs see it.</summary>
/// <param name="Key">Under which a profile has it.</param>
/// <param name="Work">For a device model.</param>
public readonly record struct CostedOp(OpKey Key, OpPhase Phase, Work Work);

/// <summary>What ops cost on a device: modelled (<see cref="AnalyticCosts"/>) or measured (<see cref="ProfiledCosts"/>).</summary>
public interface IOpCosts
{
    /// <summary>Time of an op over micro-batch sizes.</summary>
    /// <param name="largest">The largest size of interest, in samples.</param>
    TimeTable Table(in CostedOp op, long largest);
}
