using System.Collections.Frozen;
using System.Reflection;

namespace GraphPipe.Runtime;

/// <summary>The kernels of one kind of device, by op name. Filled once, from the classes marked with <see cref="KernelAttribute"/>.</summary>
/// <typeparam name="TKernel">The base class of the device's kernels; derived classes need a constructor without parameters.</typeparam>
public sealed class KernelRegistry<TKernel>
    where TKernel : class
{
    private readonly FrozenDictionary<string, TKernel> _kernels;

    /// <param name="assemblies">Searched in order; a kernel of a later assembly replaces one of an earlier.</param>
    /// <exception cref="InvalidOperationException">Two kernels of one assembly claim the same op.</exception>
    public KernelRegistry(params IEnumerable<Assembly> assemblies)
    {
        var all = new Dictionary<string, TKernel>(StringComparer.Ordinal);
        foreach (var assembly in assemblies)
        {
            var here = new Dictionary<string, TKernel>(StringComparer.Ordinal);
            foreach (var type in assembly.GetTypes())
            {
                if (type.IsAbstract || !type.IsAssignableTo(typeof(TKernel)))
                    continue;
                foreach (var attribute in type.GetCustomAttributes<KernelAttribute>())
                {
                    if (!here.TryAdd(attribute.Op, (TKernel)Activator.CreateInstance(type)!))
                        throw new InvalidOperationException($"{here[attribute.Op].GetType().Name} and {type.Name} both execute '{attribute.Op}'");
                }
            }

            foreach (var (op, kernel) in here)
                all[op] = kernel;
        }

        _kernels = all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>All ops that have a kernel, in ordinal order.</summary>
    public IEnumerable<string> Ops => _kernels.Keys.Order(StringComparer.Ordinal);

    public TKernel? Find(string op) => _kernels.GetValueOrDefault(op);
}
