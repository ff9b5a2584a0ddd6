using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Proves a plan before it is written: every action is where and when it may be (<see cref="ActionOrderProof"/>), messages leave and arrive in
/// one order, and a run against the bounded channels comes to its end. What the lists do does not depend on time, so one run is a proof. It holds
/// for devices that take whatever is ready as well, in whatever order (<see cref="ActionDependencies"/> says why). Linear in the number of actions.
/// </summary>
public static class PlanProof
{
    /// <param name="training">False for plans that only go forward.</param>
    /// <returns>Empty if the plan is proved; GP3007 for what is missing, double or out of order, GP3008 with the circle of waits for a deadlock.</returns>
    public static IReadOnlyList<Diagnostic> Check(ExecutionPlan plan, bool training = true)
    {
        var faults = new DiagnosticBag();
        PlanShapeProof.Check(plan, faults);
        if (faults.HasErrors)
            return faults.All;
        new ActionOrderProof(plan, training, faults).Check();
        var machine = new ActionMachine(plan, [.. plan.Channels.Select(c => c.Depth)], UnitTiming.Instance);
        if (!machine.Run())
        {
            faults.Add(Diagnostic.Error(
                Codes.PlanDeadlock, "the plan waits for ever: " + DescribeCircle(plan, machine), advice: "this order of work needs deeper channels or more slots, or is no order at all"));
        }

        return faults.All;
    }

    /// <summary>E.g. <c>cpu:0 at SEND 1 'h' … (full at depth 1) waits for cpu:1, at RECV …</c>.</summary>
    internal static string DescribeCircle(ExecutionPlan plan, ActionMachine machine)
    {
        var parts = new List<string>();
        foreach (int lane in machine.Circle())
        {
            var action = plan.Devices[lane].Actions[machine.Positions[lane]];
            var (other, kind) = machine.WaitsFor(lane);
            if (kind == WaitKind.Slot)
            {
                parts.Add($"{Name(plan, lane)} at action {machine.Positions[lane]}, {action}, waits for a slot on the device: {machine.Copies(lane)!.DescribeBlock(machine.Positions[lane])}, which stands behind it in its list");
                continue;
            }

            var channel = plan.Channels[action.Target];
            string state = kind == WaitKind.Room ? $"full at depth {machine.Depths[action.Target]}" : "empty";
            string target = other < 0 ? "nobody"
                : machine.IsFinished(other) ? $"{Name(plan, other)}, which has ended"
                : Name(plan, other);
            parts.Add($"{Name(plan, lane)} at action {machine.Positions[lane]}, {action} '{channel.Name}' ({state}), waits for {target}");
        }

        return string.Join("; ", parts);
    }

    private static string Name(ExecutionPlan plan, int lane)
    {
        var device = plan.Devices[lane].Device;
        return device.Value < plan.Mesh.Count ? plan.Mesh[device].ToString() : device.ToString();
    }
}
