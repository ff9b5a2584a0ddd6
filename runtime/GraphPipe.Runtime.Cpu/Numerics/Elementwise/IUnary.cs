using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>What a unary operator's gradient reads beside the gradient of its output.</summary>
[Flags]
public enum GradientReads
{
    /// <summary>Nothing more; the pointers may be null.</summary>
    Nothing = 0,

    /// <summary>The operator's input.</summary>
    Input = 1,

    /// <summary>The operator's output.</summary>
    Output = 2,
}

/// <summary>
/// A float operator y = f(x), element by element, with its derivative. One struct serves all loops; its fields are the operator's
/// attributes. At kinks the derivative is PyTorch's.
/// </summary>
public interface IUnary
{
    /// <summary>What <see cref="Gradient"/> reads; the loops load nothing else.</summary>
    static abstract GradientReads Reads { get; }

    /// <summary>f(x) of 16 elements.</summary>
    Vector512<float> Apply(Vector512<float> x);

    /// <summary>dy · f'(x), from the input x and the output y as far as <see cref="Reads"/> names them.</summary>
    Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y);
}
