using System.Globalization;

namespace GraphPipe.Bundle;

public enum ActionKind
{
    Forward,
    Backward,
    BackwardInput,
    BackwardWeight,
    Send,
    Recv,

    /// <summary>Begins the copy of what a micro-batch has saved on a stage to host memory; its end frees the slots on the device.</summary>
    Offload,

    /// <summary>Takes slots on the device and begins the copy back.</summary>
    Reload,

    Step,
}

/// <summary>
/// One entry of a device's list. Compute actions and copies to and from the host name a stage and a micro-batch; sends and receives name a channel
/// and the range of samples that travels; STEP names a stage.
/// </summary>
/// <param name="Target">The number of the stage or of the channel.</param>
/// <param name="MicroBatch">The sender's or receiver's micro-batch; -1 for actions of the step.</param>
/// <param name="Range">
/// The samples of the mini-batch concerned; empty for actions of the step, except for the STEP of an asynchronous plan, which has those of its generation.
/// </param>
public readonly record struct PlanAction(ActionKind Kind, int Target, MicroBatch MicroBatch, SampleRange Range)
{
    public static readonly MicroBatch NoMicroBatch = new(-1);

    /// <summary>The weights that an action which computes sees; of a synchronous plan always those at the list's beginning.</summary>
    public WeightVersion Weights { get; init; }

    public bool IsStep => MicroBatch.Index < 0;

    public bool IsCompute => Kind is ActionKind.Forward or ActionKind.Backward or ActionKind.BackwardInput or ActionKind.BackwardWeight;

    public bool IsBackward => Kind is ActionKind.Backward or ActionKind.BackwardInput or ActionKind.BackwardWeight;

    /// <summary>Whether it begins a copy to or from host memory.</summary>
    public bool IsCopy => Kind is ActionKind.Offload or ActionKind.Reload;

    public StageId Stage => new(Target);

    public ChannelId Channel => new(Target);

    public static PlanAction Compute(ActionKind kind, StageId stage, MicroBatch microBatch, SampleRange range) => new(kind, stage.Value, microBatch, range);

    public static PlanAction Send(ChannelId channel, MicroBatch microBatch, SampleRange range) => new(ActionKind.Send, channel.Value, microBatch, range);

    public static PlanAction Recv(ChannelId channel, MicroBatch microBatch, SampleRange range) => new(ActionKind.Recv, channel.Value, microBatch, range);

    /// <param name="kind"><see cref="ActionKind.Offload"/> or <see cref="ActionKind.Reload"/>.</param>
    public static PlanAction Copy(ActionKind kind, StageId stage, MicroBatch microBatch, SampleRange range) => new(kind, stage.Value, microBatch, range);

    /// <param name="generation">The samples whose gradients it takes, in an asynchronous plan.</param>
    public static PlanAction Step(StageId stage, SampleRange generation = default) => new(ActionKind.Step, stage.Value, NoMicroBatch, generation);

    /// <summary>The keyword in plan text, e.g. <c>BACKWARD_INPUT</c>.</summary>
    public static string Keyword(ActionKind kind) => kind switch
    {
        ActionKind.Forward => "FORWARD",
        ActionKind.Backward => "BACKWARD",
        ActionKind.BackwardInput => "BACKWARD_INPUT",
        ActionKind.BackwardWeight => "BACKWARD_WEIGHT",
        ActionKind.Send => "SEND",
        ActionKind.Recv => "RECV",
        ActionKind.Offload => "OFFLOAD",
        ActionKind.Reload => "RELOAD",
        _ => "STEP",
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Keyword(Kind)} {Target}{(IsStep ? "" : $" mb {MicroBatch.Index} {Range}")}");
}
