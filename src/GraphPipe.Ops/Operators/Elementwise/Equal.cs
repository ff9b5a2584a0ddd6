using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Equal.</summary>
[Operator("Equal", since: 7)]
internal sealed class Equal : ComparisonOperator
{
    protected override bool Holds(double a, double b) => a == b;

    // A dimension with symbols is at least 0, so it differs from a negative number; otherwise only the difference tells.
    protected override Dim? Apply(Dim a, Dim b) =>
        (a - b).Constant is { } difference ? Dim.Of(difference == 0 ? 1 : 0)
        : a.Constant < 0 || b.Constant < 0 ? Dim.Zero
        : null;
}
