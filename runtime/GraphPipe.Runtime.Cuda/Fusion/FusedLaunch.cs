using System.Collections.Immutable;
using System.Runtime.InteropServices;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Kernels;
using GraphPipe.Runtime.Cuda.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Fusion;

/// <summary>
/// Elementwise calls as one launch, a thread per element: each value is loaded once, goes from function to function in a register, and to memory where somebody else
/// reads it. With a reduction behind them, or one by itself, a thread goes through the elements that it folds, in an order that follows from their shape. The functions are those of the
/// calls by themselves and their roundings are written out (<see cref="Compilation.PtxRounding"/>), so no bit depends on it.
/// </summary>
/// <param name="Numbers">
/// How many elements there are, or the walks over results and over what each folds; the walks of spread operands; then the constants of the steps that have any. Without gaps.
/// </param>
/// <param name="Operands">What is read, then what is written.</param>
internal sealed record FusedLaunch(FusedStructure Structure, LaunchShape Shape, ImmutableArray<byte> Numbers, ImmutableArray<Operand> Operands)
{
    // Of a kernel's parameters (CUDA C++ Programming Guide, "__global__ Function Parameters"); more only since CUDA 12.1.
    private const int MostBytes = 4096;

    /// <summary>A call by itself.</summary>
    /// <param name="place">Where the operand with this number lies.</param>
    public static FusedLaunch? Of(ElementFunction function, Func<int, Operand> place, Operand result) =>
        Of([new FusedMember(function, [.. function.Operands.Select(o => FusedSource.Memory(place(o.Number)))], result)]);

    /// <summary>A reduction by itself.</summary>
    public static FusedLaunch? Of(ElementFold fold, Operand operand, Operand result) => Of([], new FoldMember(fold, FusedSource.Memory(operand), result));

    /// <summary>Calls that feed each other, and perhaps a reduction of what one of them makes.</summary>
    /// <returns>Null if they are of unlike sizes, a walk has too many axes, or there are too many operands.</returns>
    public static FusedLaunch? Of(IReadOnlyList<FusedMember> members, FoldMember? fold = null)
    {
        var builder = new Builder(TensorData.CountOf(fold?.Fold.Shape ?? members[0].Function.Shape));
        if (!members.All(builder.Add) || (fold is not null && !builder.Add(fold)))
            return null;
        var launch = builder.Build();
        return launch.Operands.Length * KernelLaunch.ViewBytes + launch.Numbers.Length <= MostBytes ? launch : null;
    }

    private sealed class Builder(long count)
    {
        private readonly List<(FusedOperand Operand, Operand Place)> _operands = [];
        private readonly List<StridedMap> _walks = [];
        private readonly List<FusedStep> _steps = [];
        private readonly List<FusedArgument> _arguments = [];
        private readonly List<OpConstants> _constants = [];
        private readonly List<Operand> _results = [];
        private readonly List<int> _lastStepOf = [];
        private (FusedFold Code, ReductionNumbers Walks)? _fold;

        /// <summary>Adds a member behind those that it reads.</summary>
        public bool Add(FusedMember member)
        {
            var function = member.Function;
            var whole = new FusedStep(function.Method, member.Result is not null);
            if (TensorData.CountOf(function.Shape) != count)
                return false;
            var arguments = new List<FusedArgument>();
            for (int i = 0; i < function.Operands.Length; i++)
            {
                var element = function.Method.GetParameters()[Math.Min(i, whole.Arguments - 1)].ParameterType;
                if (ArgumentOf(member.Sources[i], element, function.Operands[i].Shape, function.Shape) is not { } argument)
                    return false;
                arguments.Add(argument);
            }

            // A function of two elements goes over more from the left.
            for (int rest = arguments.Count; rest > whole.Arguments; rest--)
            {
                AddStep(whole with { IsStored = false }, arguments[..2], function.Constants);
                arguments = [new FusedArgument(true, _steps.Count - 1), .. arguments[2..]];
            }

            AddStep(whole, arguments, function.Constants);
            if (member.Result is { } result)
                _results.Add(result);
            _lastStepOf.Add(_steps.Count - 1);
            return true;
        }

        /// <summary>Adds what folds; the last thing that is added.</summary>
        public bool Add(FoldMember member)
        {
            var fold = member.Fold;
            if (fold.Walks is not { } walks || ArgumentOf(member.Source, typeof(float), fold.Shape, fold.Shape) is not { } value)
                return false;
            _fold = (new FusedFold(fold.Reduction, ElementFold.IsByGroup(walks), value), walks);
            _results.Add(member.Result);
            return true;
        }

        public FusedLaunch Build()
        {
            ReadOnlySpan<byte> walks = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_walks)), constants = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_constants));
            var structure = new FusedStructure([.. _operands.Select(o => o.Operand)], _walks.Count, [.. _steps], [.. _arguments], _fold?.Code);
            ImmutableArray<Operand> views = [.. _operands.Select(o => o.Place), .. _results];
            if (_fold is not { } fold)
            {
                int elements = (int)count;
                return new FusedLaunch(structure, LaunchShape.Over(count), [.. MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in elements)), .. walks, .. constants], views);
            }

            int results = fold.Walks.Kept.Count;
            var shape = fold.Code.IsByGroup ? new LaunchShape(results, GroupFold.Threads) : LaunchShape.Over(results);
            var own = fold.Walks;
            return new FusedLaunch(structure, shape, [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ReductionNumbers>(in own)), .. walks, .. constants], views);
        }

        private void AddStep(FusedStep step, IEnumerable<FusedArgument> arguments, OpConstants constants)
        {
            _steps.Add(step);
            _arguments.AddRange(arguments);
            if (step.HasConstants)
                _constants.Add(constants);
        }

        private FusedArgument? ArgumentOf(FusedSource source, Type element, ImmutableArray<long> shape, ImmutableArray<long> over)
        {
            if (source.IsMember)
                return new FusedArgument(true, _lastStepOf[source.Member]);
            int walk = FusedOperand.Dense;
            if (TensorData.CountOf(shape) != count)
            {
                if (Spread(shape, over) is not { } found)
                    return null;
                walk = IndexIn(_walks, found);
            }

            return new FusedArgument(false, IndexIn(_operands, (new FusedOperand(element, walk), source.Place)));
        }

        // The walk over a shape that finds the elements of another, which is spread to it.
        private static StridedMap? Spread(ImmutableArray<long> shape, ImmutableArray<long> over)
        {
            for (int axis = 1; axis <= shape.Length; axis++)
            {
                if (shape[^axis] != 1 && (axis > over.Length || shape[^axis] != over[^axis]))
                    return null;
            }

            long[] own = [.. shape.Skip(Math.Max(0, shape.Length - over.Length))];
            return StridedMap.Create(over.AsSpan(), [StridedMap.BroadcastStrides(own, over.Length)]);
        }

        private static int IndexIn<T>(List<T> list, T value)
        {
            int index = list.IndexOf(value);
            if (index >= 0)
                return index;
            list.Add(value);
            return list.Count - 1;
        }
    }
}
