namespace GraphPipe.Bundle;

/// <summary>How a device takes the actions of its list.</summary>
public enum Dispatch
{
    /// <summary>In the list's order: each waits until it can run.</summary>
    Planned,

    /// <summary>
    /// The list is a preference. While its next action waits for a neighbour, the device runs others whose dependencies (<see cref="ActionDependencies"/>)
    /// are done: sends and receives at once, work after <see cref="ReadyActions.Patience"/> times what it is expected to take.
    /// </summary>
    Ready,
}
