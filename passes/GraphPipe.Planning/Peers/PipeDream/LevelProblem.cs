namespace GraphPipe.Planning.Peers;

/// <summary>
/// Memory of a stage with r replicas, of n machines of which M serve this stage and those before it:
/// <c>(own + ⌈(n − M) / r⌉) · per unit / (r or 1) + fixed</c>.
/// </summary>
/// <param name="Limit">Bytes of a machine.</param>
/// <param name="Own">Units in flight at the last stage; 0 in PipeDream, which charges the last stage nothing.</param>
/// <param name="IsShared">Whether replicas share out a unit.</param>
internal readonly record struct MemoryRule(double Limit, int Own, bool IsShared)
{
    public static readonly MemoryRule None = new(double.PositiveInfinity, 0, false);

    /// <summary>The fewest machines M for which a stage fits; more than <paramref name="machines"/> if none do.</summary>
    public int FewestMachines(int machines, int replicas, double perUnit, double @fixed)
    {
        double each = IsShared ? perUnit / replicas : perUnit, room = Limit - @fixed;
        // Without anything behind it, and nothing of its own, a stage is free.
        if (Own * each > room)
            return int.MaxValue;
        return each <= 0 ? 0 : (int)Math.Max(0, machines - (Math.Min(machines, Math.Floor(room / each + 1e-12)) - Own) * replicas);
    }
}

/// <summary>One level of machines: the dynamic programme's parameters.</summary>
/// <param name="Machines">n.</param>
/// <param name="Bandwidth">Bytes per second.</param>
/// <param name="MachinesBelow">Of the level below; 1 for the innermost. PipeDream divides the first stage's all-reduce by it.</param>
/// <param name="ActivationRatio">Divides the time of transfers; null leaves them out.</param>
/// <param name="Replicas">The numbers of replicas that a stage may have, ascending.</param>
/// <param name="UseFewerMachines">Whether the answer for one machine less is taken where it is better.</param>
internal sealed record LevelProblem(
    int Machines, double Bandwidth, int MachinesBelow, double? ActivationRatio, int[] Replicas, bool UseFewerMachines, MemoryRule Memory);
