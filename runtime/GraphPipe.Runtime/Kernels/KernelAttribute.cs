namespace GraphPipe.Runtime;

/// <summary>
/// Marks what executes a core op and names the op; <see cref="KernelRegistry{TKernel}"/> finds it by that. Either a kernel of one kind of device, or a function of
/// elements (<see cref="Elements"/>), which is a kernel on every kind by its <see cref="KernelFamilyAttribute"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = true, Inherited = false)]
public sealed class KernelAttribute(string op) : Attribute
{
    /// <summary>As in docs/core-ops.md; <c>domain::name</c> for other domains.</summary>
    public string Op { get; } = op;
}
