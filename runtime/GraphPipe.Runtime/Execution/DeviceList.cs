using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>What a device executes in a run.</summary>
/// <param name="actions">In the plan's order.</param>
/// <param name="ready">Which of them are ready, if the device takes whatever is; null: it keeps to the order.</param>
internal sealed class DeviceList(ImmutableArray<BoundAction> actions, ReadyActions? ready)
{
    public static DeviceList Empty { get; } = new([], null);

    public ImmutableArray<BoundAction> Actions => actions;

    public ReadyActions? Ready => ready;
}
