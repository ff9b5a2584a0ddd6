using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Shortens a proved list of actions. Leaving out whole micro-batches, or all of the backward, keeps it free of deadlock: dependencies
/// stay within a micro-batch, the order of what remains is unchanged, and on a bounded channel a send now waits for an earlier receive than
/// before, never for a later one. Weights keep their versions: what is left out of a shorter mini-batch comes after all that stays, updates included.
/// </summary>
public static class ActionFilter
{
    /// <summary>The actions for a mini-batch of <paramref name="samples"/> samples, at most the planned number; ranges are clipped.</summary>
    public static ImmutableArray<PlanAction> Shorten(ImmutableArray<PlanAction> actions, long samples) =>
    [
        .. from action in actions
           where action.Range.Start < samples
           select action with { Range = new SampleRange(action.Range.Start, Math.Min(action.Range.End, samples)) },
    ];

    /// <summary>Only what the forward needs: no backward, no gradient messages, no step; so the weights are those at the beginning.</summary>
    public static ImmutableArray<PlanAction> ForwardOnly(ImmutableArray<PlanAction> actions, ImmutableArray<ChannelDecl> channels) =>
    [
        .. from action in actions
           where action.Kind == ActionKind.Forward
               || (action.Kind is ActionKind.Send or ActionKind.Recv && channels[action.Target].Kind == ChannelKind.Activation)
           select action with { Weights = default },
    ];
}
