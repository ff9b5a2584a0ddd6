using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>Marks a rewrite rule of level core.</summary>
/// <param name="order">Rules run over the whole graph one after the other, in this order.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RewriteRuleAttribute(int order) : Attribute
{
    public int Order { get; } = order;
}

/// <summary>Replaces an op and some of the ops before it by something better. One file per rule.</summary>
public interface IRewriteRule
{
    /// <summary>
    /// Emits the replacement of the op and gives the values that stand for its results; null where the rule does not fit. Ops before it that
    /// lose their last reader disappear later.
    /// </summary>
    ImmutableArray<ValueId>? Apply(RewriteContext c);
}

/// <summary>An op, what surrounds it, and the means to build.</summary>
public sealed class RewriteContext(Op op, Emitter emitter, GraphIndex index, Func<ValueId, TensorData?> constantOf)
{
    public Op Op { get; } = op;

    public Emitter Emit { get; } = emitter;

    public Shape ShapeOf(ValueId id) => Emit.ShapeOf(id);

    public TensorType TypeOf(ValueId id) => Emit.TypeOf(id);

    /// <summary>
    /// The op that makes the value; null for inputs, parameters, and what a rule has just made. Casts from f32 to a half and back are seen through: of a pattern on halves
    /// only the last result is rounded then, as it is in the one kernel that PyTorch has for it.
    /// </summary>
    public Op? Producer(ValueId value) => index.Producer(BeforeCasts(value) ?? value);

    /// <summary>The op that makes the value, if it has this type and the value no other reader.</summary>
    public Op? Only(ValueId value, string type) =>
        IsReadOnce(value) && Producer(value) is { } producer && producer.Is(type) && (BeforeCasts(value) is not { } single || (IsReadOnce(index.Producer(value)!.Operands[0]) && IsReadOnce(single)))
            ? producer : null;

    /// <summary>Whether two values are one; each reader of a half has a cast of its own.</summary>
    public bool AreSame(ValueId a, ValueId b) => a == b || (WidenedFrom(a) is { } half && half == WidenedFrom(b));

    /// <summary>The nodes of the matched ops, in order: everything from the op back to <paramref name="start"/>, without what makes that value.</summary>
    public Location LocationsBetween(ValueId start)
    {
        Location Of(ValueId value) =>
            !AreSame(value, start) && index.Producer(value) is { } producer ? producer.Operands.Aggregate(Location.None, (all, o) => all.Merge(Of(o))).Merge(producer.Location) : Location.None;
        return Op.Operands.Aggregate(Location.None, (all, o) => all.Merge(Of(o))).Merge(Op.Location);
    }

    public IReadOnlyList<Use> Uses(ValueId value) => index.Uses(value);

    public bool IsOutput(ValueId value) => index.IsOutput(value);

    /// <summary>The value of a constant with one element; null for all else.</summary>
    public double? Scalar(ValueId value) => constantOf(value) is { Count: 1 } data ? data.DoubleAt(0) : null;

    private bool IsReadOnce(ValueId value) => index.Uses(value).Count == 1 && !index.IsOutput(value);

    private ValueId? WidenedFrom(ValueId value) => index.Producer(value) is { } cast && HalfCasts.IsWidening(TypeOf, cast) ? cast.Operands[0] : null;

    // What was rounded to the half that the value was widened from.
    private ValueId? BeforeCasts(ValueId value) =>
        WidenedFrom(value) is { } half && index.Producer(half) is { } cast && HalfCasts.IsRounding(TypeOf, cast) ? cast.Operands[0] : null;
}
