namespace GraphPipe.Planning;

/// <summary>Which activations (what a stage saves of a micro-batch) wait for their backward in host memory.</summary>
public enum OffloadChoice
{
    /// <summary>None, but for what the schedule itself sends there.</summary>
    None,

    /// <summary>Those whose copies out and back hide behind the device's work, the longest waits per byte first; of these only such as lower what a stage holds at most.</summary>
    Auto,

    /// <summary>On each device half of the bytes, the longest waits per byte first, also where work waits for a copy.</summary>
    Half,

    /// <summary>All that are not wanted back at once, also where work waits for a copy.</summary>
    Full,
}
