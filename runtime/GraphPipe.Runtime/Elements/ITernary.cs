namespace GraphPipe.Runtime.Elements;

/// <summary>A function of three elements: the gradients of functions of two, and of reductions.</summary>
public interface ITernary
{
    static abstract T Apply<T>(T a, T b, T c)
        where T : struct, IFloats<T>;
}

/// <summary>The gradient (dY, A, B) of a function whose operands may change places, for the operand that the attribute <c>side</c> names.</summary>
public interface ISidedGradient : ITernary;

/// <summary>The gradient (dY, X, Y) of a reduction that is a function of dy, x and y element by element; dY and Y are spread over X.</summary>
public interface IReductionGradient : ITernary;
