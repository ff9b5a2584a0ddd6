using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Where the temporaries and workspaces of one function lie in the device's temporary memory. Buffers that are alive during a common
/// call do not overlap; a buffer is alive from the first to the last call that names it or an alias of it,
/// and until the last of the calls that are fused with one of these (<see cref="FusedCalls"/>), a reduction behind them included.
/// </summary>
public sealed class FunctionMemory
{
    private readonly ImmutableDictionary<BufferId, long> _offsets;

    private FunctionMemory(FunctionKind kind, Bytes size, ImmutableDictionary<BufferId, long> offsets, ImmutableArray<long> workspaces, ImmutableArray<FusedCalls> fused)
    {
        Kind = kind;
        Size = size;
        _offsets = offsets;
        Workspaces = workspaces;
        Fused = fused;
    }

    public FunctionKind Kind { get; }

    /// <summary>Bytes from the start of temporary memory that the function uses.</summary>
    public Bytes Size { get; }

    /// <summary>The offset of each call's workspace.</summary>
    public ImmutableArray<long> Workspaces { get; }

    /// <summary>The calls that may run together: what they read and write stays until the last of them, and until the reduction behind them.</summary>
    public ImmutableArray<FusedCalls> Fused { get; }

    /// <summary>The offset of a temporary that owns its memory and occurs in the function.</summary>
    public long OffsetOf(BufferId root) => _offsets[root];

    /// <param name="samples">The stage's full micro-batch; a shorter one uses the same offsets.</param>
    /// <exception cref="InvalidOperationException">A call reads a temporary that nothing has written.</exception>
    internal static FunctionMemory Compute(StageProgram program, StageFunction function, long samples)
    {
        var fused = FusedCalls.Of(program, function);
        var pieces = Pieces(program, function, fused, samples);
        var order = pieces.OrderByDescending(p => p.Size).ThenBy(p => p.First).ThenBy(p => p.Key).ToList();
        var placed = new List<(Piece Piece, long Offset)>(order.Count);
        long size = 0;
        foreach (var piece in order)
        {
            long offset = BestFit(piece, placed);
            int at = placed.FindIndex(p => p.Offset > offset);
            placed.Insert(at < 0 ? placed.Count : at, (piece, offset));
            size = Math.Max(size, offset + piece.Size);
        }

        var offsets = ImmutableDictionary.CreateBuilder<BufferId, long>();
        long[] workspaces = new long[function.Calls.Length];
        foreach (var (piece, offset) in placed)
        {
            if (piece.IsWorkspace)
                workspaces[piece.First] = offset;
            else
                offsets.Add(new BufferId(piece.Key), offset);
        }

        return new FunctionMemory(function.Kind, new Bytes(size), offsets.ToImmutable(), [.. workspaces], fused);
    }

    // The smallest gap between buffers alive at the same time that holds the piece; after them if there is none. Largest pieces come
    // first (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, greedy by size).
    private static long BestFit(Piece piece, List<(Piece Piece, long Offset)> placed)
    {
        long end = 0, best = -1, smallest = long.MaxValue;
        foreach (var (other, offset) in placed)
        {
            if (!other.Overlaps(piece))
                continue;
            long gap = offset - end;
            if (gap >= piece.Size && gap < smallest)
            {
                smallest = gap;
                best = end;
            }

            end = Math.Max(end, offset + other.Size);
        }

        return best >= 0 ? best : end;
    }

    private static List<Piece> Pieces(StageProgram program, StageFunction function, ImmutableArray<FusedCalls> fused, long samples)
    {
        var alive = new SortedDictionary<int, (int First, int Last)>();
        var pieces = new List<Piece>();
        int end = function.Calls.Length - 1;

        // What comes from outside or goes there is alive from the first call, or to the last.
        foreach (var feed in program.Feeds)
        {
            if (IsTemporary(program, feed.Buffer, out int root) && function.Calls.Any(c => c.Inputs.Any(b => !b.IsNone && program.Root(b).Value == root)))
                alive[root] = (0, 0);
        }

        for (int i = 0; i <= end; i++)
        {
            var call = function.Calls[i];
            foreach (var input in call.Inputs)
            {
                if (IsTemporary(program, input, out int root))
                {
                    if (!alive.TryGetValue(root, out var span))
                        throw new InvalidOperationException($"{program.Name}, {function.Kind}: {call.Kernel} reads '{program.Buffers[root].Name}', which nothing has written");
                    alive[root] = (span.First, i);
                }
            }

            foreach (var output in call.Outputs)
            {
                if (IsTemporary(program, output, out int root))
                    alive[root] = (alive.TryGetValue(root, out var span) ? span.First : i, i);
            }

            long workspace = new Bytes(call.Workspace.At(samples)).Aligned().Value;
            if (workspace > 0)
                pieces.Add(new Piece(-1 - i, workspace, i, i));
        }

        foreach (var group in fused.Select(g => g.WithReduction ?? g))
        {
            foreach (var buffer in group.Calls.SelectMany(c => function.Calls[c].Inputs.Concat(function.Calls[c].Outputs)))
            {
                if (IsTemporary(program, buffer, out int root))
                    alive[root] = (alive[root].First, Math.Max(alive[root].Last, group.Calls[^1]));
            }
        }

        foreach (var output in program.Outputs.Select(o => o.Buffer).Append(program.Loss))
        {
            if (IsTemporary(program, output, out int root) && alive.TryGetValue(root, out var span))
                alive[root] = (span.First, end);
        }

        foreach (var (root, span) in alive)
            pieces.Add(new Piece(root, program.Buffers[root].Size(samples).Aligned().Value, span.First, span.Last));
        return pieces;
    }

    private static bool IsTemporary(StageProgram program, BufferId buffer, out int root)
    {
        root = buffer.IsNone ? -1 : program.Root(buffer).Value;
        return root >= 0 && program.Buffers[root].Life == BufferLife.Temporary;
    }

    /// <summary>A buffer (its number) or the workspace of a call (a negative number), alive during the calls First to Last.</summary>
    private readonly record struct Piece(int Key, long Size, int First, int Last)
    {
        public bool IsWorkspace => Key < 0;

        public bool Overlaps(Piece other) => First <= other.Last && other.First <= Last;
    }
}
