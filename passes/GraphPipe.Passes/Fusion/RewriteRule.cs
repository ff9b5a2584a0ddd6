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

    /// <summary>The op that makes the value; null for inputs, parameters, and what a rule has just made.</summary>
    public Op? Producer(ValueId value) => index.Producer(value);

    /// <summary>The op that makes the value, if it has this type and the value no other reader.</summary>
    public Op? Only(ValueId value, string type) =>
        index.Producer(value) is { } producer && producer.Is(type) && index.Uses(value).Count == 1 && !index.IsOutput(value) ? producer : null;

    /// <summary>The nodes of the matched ops, in order: everything from the op back to <paramref name="start"/>, without what makes that value.</summary>
    public Location LocationsBetween(ValueId start)
    {
        Location Of(ValueId value) =>
            value != start && index.Producer(value) is { } producer ? producer.Operands.Aggregate(Location.None, (all, o) => all.Merge(Of(o))).Merge(producer.Location) : Location.None;
        return Op.Operands.Aggregate(Location.None, (all, o) => all.Merge(Of(o))).Merge(Op.Location);
    }

    public IReadOnlyList<Use> Uses(ValueId value) => index.Uses(value);

    public bool IsOutput(ValueId value) => index.IsOutput(value);

    /// <summary>The value of a constant with one element; null for all else.</summary>
    public double? Scalar(ValueId value) => constantOf(value) is { Count: 1 } data ? data.DoubleAt(0) : null;
}
