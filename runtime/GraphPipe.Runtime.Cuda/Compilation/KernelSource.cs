using System.Reflection;

namespace GraphPipe.Runtime.Cuda.Compilation;

/// <summary>
/// A kernel in C#: a static method of views and one structure of numbers, started with explicit groups. Two are equal if they are the same
/// method with the same type arguments.
/// </summary>
public readonly record struct KernelSource(MethodInfo Method)
{
    public static implicit operator KernelSource(Delegate kernel) => new(kernel.Method);

    public static KernelSource FromDelegate(Delegate kernel) => kernel;

    public override string ToString() =>
        $"{Method.DeclaringType!.Name}.{Method.Name}{(Method.IsGenericMethod ? $"<{string.Join(", ", Method.GetGenericArguments().Select(NameOf))}>" : "")}";

    // Ops are structures within their kernels, and most are called Op.
    private static string NameOf(Type type) => type switch
    {
        { DeclaringType: { } outer } => $"{outer.Name}.{type.Name}",
        { IsGenericType: true } => $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>",
        _ => type.Name,
    };
}
