namespace GraphPipe.Planning;

/// <summary>The words for a limit of activations that is too small.</summary>
internal static class LimitNeed
{
    /// <param name="least">What the schedule's seeds hold.</param>
    public static string? Of(ScheduleProblem problem, int least) =>
        problem.Request.InFlightLimit is { } limit && limit < least ? $"room for {least} activations on a device, where the limit is {limit}" : null;
}
