namespace GraphPipe.Runtime;

/// <summary>Marks a kernel class with one type parameter, which makes kernels of all functions of an interface: <c>UnaryKernel&lt;TOp&gt;</c> of all <see cref="Elements.IUnary"/>.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KernelFamilyAttribute(Type functions) : Attribute
{
    /// <summary>The interface; a function gets the family of the most derived one that it has, and of two such the one of the later assembly.</summary>
    public Type Functions { get; } = functions;
}
