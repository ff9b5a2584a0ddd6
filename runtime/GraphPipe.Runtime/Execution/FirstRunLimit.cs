using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// How long a kernel may take that has never run, so that nobody has seen its time: by the work that can be in it. A small one that hangs is found as soon as one that is
/// known, and a large one on a slow machine is left alone.
/// </summary>
internal static class FirstRunLimit
{
    /// <summary>For what a first run does beside its work: code that is compiled, memory that is touched for the first time.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Most = TimeSpan.FromMinutes(2);

    /// <summary>Multiplications of a plain loop that shares its core with ten others; a thread does more than a hundred times as many.</summary>
    private const double SlowestPerSecond = 1e8;

    /// <param name="samples">Of the micro-batch.</param>
    public static TimeSpan Of(StageProgram program, KernelCall call, long samples)
    {
        double seconds = Least.TotalSeconds + Multiplications(program, call, samples) / SlowestPerSecond;
        return seconds < Most.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Most;
    }

    // A product of [m,k] and [k,n] makes m·k·n of them: the root of the sizes of its two operands and its result, multiplied. A convolution has as many times more as its window
    // is wide, and what works element by element has as many as elements, no more than the root for two operands and a result of that size.
    private static double Multiplications(StageProgram program, KernelCall call, long samples)
    {
        double product = 1;
        var elements = call.Inputs.Concat(call.Outputs).Where(b => !b.IsNone).Select(b => ElementsOf(program[b], samples)).Append(call.Workspace.At(samples) / sizeof(float));
        foreach (double count in elements.OrderDescending().Take(3))
            product *= Math.Max(1, count);
        return Math.Sqrt(product);
    }

    private static double ElementsOf(BufferDecl buffer, long samples)
    {
        double elements = 1;
        foreach (var dim in buffer.Shape.Dims)
            elements *= dim.At(samples);
        return elements;
    }
}
