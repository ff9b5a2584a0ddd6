using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>An operand of a function of elements.</summary>
/// <param name="Number">Which of the call's.</param>
/// <param name="Shape">As it is read: spread over the result's by numpy's rules.</param>
public readonly record struct ElementOperand(int Number, ImmutableArray<long> Shape);

/// <summary>What an elementwise call computes of one element of each operand: all that is needed to run it by itself or together with others.</summary>
/// <param name="Method">
/// A static method that ILGPU translates. It takes an element of each operand, and <see cref="OpConstants"/> last if it has any; its types are those in memory
/// (<c>byte</c> for bool and i8, <c>short</c> for f16). One of two elements is applied to more operands from the left: f(f(a, b), c).
/// </param>
/// <param name="Operands">In the order of the parameters.</param>
/// <param name="Shape">The result's.</param>
public sealed record ElementFunction(MethodInfo Method, ImmutableArray<ElementOperand> Operands, ImmutableArray<long> Shape, OpConstants Constants = default)
{
    /// <summary>A function of a call's operands as they are.</summary>
    /// <param name="operands">Their numbers, in the order of the parameters.</param>
    public static ElementFunction Of(KernelBinding binding, Delegate method, params IEnumerable<int> operands)
    {
        ArgumentNullException.ThrowIfNull(binding);
        ArgumentNullException.ThrowIfNull(method);
        return new ElementFunction(method.Method, [.. operands.Select(i => new ElementOperand(i, binding.Input(i).Shape))], binding.Output(0).Shape);
    }
}
