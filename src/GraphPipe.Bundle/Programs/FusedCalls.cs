using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Elementwise calls of one function over the same elements, each but the first reading what one of the others makes: a device may run them as one,
/// so that a value goes from call to call without a way through memory. Whether it does changes no bit. <see cref="FunctionMemory"/> keeps
/// what they read and write until the last of them, and until the reduction behind them.
/// </summary>
/// <param name="Calls">Their positions in the function, ascending. Together they run in the place of the last.</param>
/// <param name="Inner">The results (buffers that own their memory) that only these calls read.</param>
public sealed record FusedCalls(ImmutableArray<int> Calls, ImmutableHashSet<BufferId> Inner)
{
    // Calls that lie further apart would keep what the first reads for longer than its result is worth.
    private const int MaxSpan = 16;

    /// <summary>
    /// The same calls and behind them a reduction of what they make, for a device that can fold elements as they are made; null if there is none. Together they run in the place
    /// of the reduction. Such calls may be a single one, which by itself runs as any call.
    /// </summary>
    public FusedCalls? WithReduction { get; private init; }

    /// <summary>The fused calls of a function, by their last positions; every call is in one at most.</summary>
    public static ImmutableArray<FusedCalls> Of(StageProgram program, StageFunction function)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(function);

        // Optimizers write their states by way of operands, which is not seen here.
        if (function.Kind is FunctionKind.Update or FunctionKind.Predict)
            return [];
        var open = new List<Group>();
        var closed = new List<Group>();
        var written = new HashSet<BufferId>();
        for (int i = 0; i < function.Calls.Length; i++)
        {
            var call = function.Calls[i];
            var reads = Roots(program, call.Inputs);
            var writes = Roots(program, call.Outputs);
            var own = IsCandidate(call) && !writes.Overlaps(reads) && !writes.Overlaps(written) ? Group.Of(program, call, i, reads, writes) : null;
            foreach (var group in open.ToList())
            {
                if (own is not null && group.Takes(own, reads))
                {
                    own.Join(group);
                    open.Remove(group);
                }
                else if (group.Writes.Overlaps(reads) || group.Writes.Overlaps(writes) || group.Reads.Overlaps(writes))
                {
                    // Its results are wanted, or what it reads changes: it can't wait for more calls.
                    open.Remove(group);
                    closed.Add(group);
                    if (group.Takes(program, call, i, writes))
                        group.Reduction = i;
                }
            }

            if (own is not null)
                open.Add(own);
            written.UnionWith(writes);
        }

        return [.. closed.Concat(open).Where(g => g.Calls.Count > 1 || g.Reduction is not null).OrderBy(g => g.Calls.Max).Select(g => Of(program, function, g))];
    }

    /// <summary>The calls as one, for reports and for the places of operands: the operands of all in their order, then the results of all.</summary>
    public KernelCall Describe(StageFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        ImmutableArray<KernelCall> calls = [.. Calls.Select(c => function.Calls[c])];
        return new KernelCall(
            string.Join(" + ", calls.Select(c => c.Kernel)), [.. calls.SelectMany(c => c.Inputs)], [.. calls.SelectMany(c => c.Outputs)], Attributes.Empty, Dim.Zero, [.. calls.SelectMany(c => c.Nodes).Distinct()]);
    }

    private static FusedCalls Of(StageProgram program, StageFunction function, Group group)
    {
        return Of([.. group.Calls]) with { WithReduction = group.Reduction is { } reduction ? Of([.. group.Calls, reduction]) : null };

        FusedCalls Of(ImmutableArray<int> calls) => new(calls, Inside(program, function, group, calls));
    }

    private static bool IsCandidate(KernelCall call) => call.IsElementwise && call.Outputs is [{ IsNone: false }];

    private static HashSet<BufferId> Roots(StageProgram program, ImmutableArray<BufferId> buffers) => [.. buffers.Where(b => !b.IsNone).Select(program.Root)];

    // What the group makes and these calls alone read.
    private static ImmutableHashSet<BufferId> Inside(StageProgram program, StageFunction function, Group group, ImmutableArray<int> calls)
    {
        var outside = Roots(program, [.. program.Outputs.Select(o => o.Buffer), program.Loss]);
        var inside = new HashSet<BufferId>();
        for (int i = 0; i < function.Calls.Length; i++)
            (calls.Contains(i) ? inside : outside).UnionWith(Roots(program, function.Calls[i].Inputs));
        return [.. group.Writes.Where(w => program[w].Life == BufferLife.Temporary && inside.Contains(w) && !outside.Contains(w))];
    }

    // Calls that may still be joined by others.
    private sealed class Group
    {
        private readonly Dim _elements;

        private Group(Dim elements) => _elements = elements;

        public SortedSet<int> Calls { get; } = [];

        /// <summary>The position of the reduction that has ended it.</summary>
        public int? Reduction { get; set; }

        public HashSet<BufferId> Reads { get; } = [];

        public HashSet<BufferId> Writes { get; } = [];

        public static Group Of(StageProgram program, KernelCall call, int position, HashSet<BufferId> reads, HashSet<BufferId> writes)
        {
            var group = new Group(program[call.Outputs[0]].Shape.Elements);
            group.Calls.Add(position);
            group.Reads.UnionWith(reads);
            group.Writes.UnionWith(writes);
            return group;
        }

        /// <summary>Whether a call that reads this may run with it.</summary>
        public bool Takes(Group call, HashSet<BufferId> reads) => Writes.Overlaps(reads) && _elements == call._elements && call.Calls.Max - Calls.Min < MaxSpan;

        /// <summary>
        /// Whether the call that ends it is a reduction of all elements of a result, and may run with it: it touches nothing of the group but that one operand. What the group makes is then stored when
        /// the reduction runs; nobody has read it before, or the group had ended there.
        /// </summary>
        public bool Takes(StageProgram program, KernelCall call, int position, HashSet<BufferId> writes) =>
            call is { IsReduction: true, IsElementwise: false, Inputs: [{ IsNone: false } operand], Outputs: [{ IsNone: false }] }
            && program[operand].Shape.Elements == _elements
            && position - Calls.Min < MaxSpan
            && !Reads.Overlaps(writes)
            && !Writes.Overlaps(writes);

        public void Join(Group other)
        {
            Calls.UnionWith(other.Calls);
            Reads.UnionWith(other.Reads);
            Writes.UnionWith(other.Writes);
        }
    }
}
