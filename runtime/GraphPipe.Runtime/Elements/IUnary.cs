using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>A function y = f(x) of one element.</summary>
public interface IUnary
{
    /// <summary>The op's attributes as the function's constants; defaults are ONNX's.</summary>
    static virtual OpConstants Constants(Attributes attributes) => default;

    static abstract T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T>;
}

/// <summary>A function of one element that has an op for its gradient. At kinks the slope is PyTorch's.</summary>
public interface IDifferentiable : IUnary
{
    /// <summary>dy·f'.</summary>
    /// <param name="dy">The result's gradient.</param>
    /// <param name="v">The function's operand or its result, whichever the op's gradient reads (docs/core-ops.md).</param>
    static abstract T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>;
}
