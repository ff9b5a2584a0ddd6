using System.Collections.Frozen;
using System.Reflection;

namespace GraphPipe.Runtime;

/// <summary>The kernels of one kind of device, by op name: of the types marked with <see cref="KernelAttribute"/>, each made when it is first asked for.</summary>
/// <typeparam name="TKernel">The base class of the device's kernels; derived classes need a constructor without parameters.</typeparam>
public sealed class KernelRegistry<TKernel>
    where TKernel : class
{
    private readonly FrozenDictionary<string, Lazy<TKernel>> _kernels;
    private readonly List<(Type Functions, Type Kernel)> _families;

    /// <param name="assemblies">Searched in order, after the one with the functions of elements; a kernel of a later assembly replaces one of an earlier.</param>
    /// <exception cref="InvalidOperationException">Two kernels of one assembly claim the same op, or a function has no family on this kind of device.</exception>
    public KernelRegistry(params IEnumerable<Assembly> assemblies)
    {
        Assembly[] all = [typeof(KernelAttribute).Assembly, .. assemblies];
        _families = [.. all.SelectMany(a => a.GetTypes()).Where(IsKernel).SelectMany(FamiliesOf)];
        var kernels = new Dictionary<string, Lazy<TKernel>>(StringComparer.Ordinal);
        foreach (var assembly in all)
        {
            foreach (var (op, kernel) in KernelsIn(assembly))
                kernels[op] = kernel;
        }

        _kernels = kernels.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>All ops that have a kernel, in ordinal order.</summary>
    public IEnumerable<string> Ops => _kernels.Keys.Order(StringComparer.Ordinal);

    public TKernel? Find(string op) => _kernels.GetValueOrDefault(op)?.Value;

    private static bool IsKernel(Type type) => !type.IsAbstract && type.IsAssignableTo(typeof(TKernel));

    private static IEnumerable<(Type Functions, Type Kernel)> FamiliesOf(Type type) =>
        type.GetCustomAttributes<KernelFamilyAttribute>().Select(family => (family.Functions, type));

    private Dictionary<string, Lazy<TKernel>> KernelsIn(Assembly assembly)
    {
        var owners = new Dictionary<string, Type>(StringComparer.Ordinal);
        var kernels = new Dictionary<string, Lazy<TKernel>>(StringComparer.Ordinal);
        foreach (var type in assembly.GetTypes().Where(t => t.IsValueType || IsKernel(t)))
        {
            foreach (var attribute in type.GetCustomAttributes<KernelAttribute>())
            {
                if (!owners.TryAdd(attribute.Op, type))
                    throw new InvalidOperationException($"{owners[attribute.Op].Name} and {type.Name} both execute '{attribute.Op}'");
                var family = type.IsValueType ? FamilyOf(type) : null;
                kernels.Add(attribute.Op, new(() => (TKernel)Activator.CreateInstance(family?.MakeGenericType(type) ?? type)!));
            }
        }

        return kernels;
    }

    private Type FamilyOf(Type function) =>
        _families.Where(f => function.IsAssignableTo(f.Functions)).OrderBy(f => f.Functions.GetInterfaces().Length).Select(f => f.Kernel).LastOrDefault()
        ?? throw new InvalidOperationException($"{function.Name} is of no family of {typeof(TKernel).Name}");
}
