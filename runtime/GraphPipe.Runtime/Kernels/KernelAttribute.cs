namespace GraphPipe.Runtime;

/// <summary>Marks a kernel and names the core op it executes; <see cref="KernelRegistry{TKernel}"/> finds it by that.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class KernelAttribute(string op) : Attribute
{
    /// <summary>As in docs/core-ops.md; <c>domain::name</c> for other domains.</summary>
    public string Op { get; } = op;
}
