namespace GraphPipe.Bundle;

/// <summary>How a device takes the actions of its list.</summary>
public enum Dispatch
{
    /// <summary>In the list's order: each waits until it can run.</summary>
    Planned,

    /// <summary>
    /// Work keeps the list's order. While the next action waits for a neighbour, the device sends, receives and copies what can move and whose dependencies
    /// (<see cref="ActionDependencies"/>) are done.
    /// </summary>
    Ready,
}
