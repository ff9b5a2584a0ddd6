using System.Collections.Frozen;
using System.Reflection;
using GraphPipe.Core;

namespace GraphPipe.Ops;

/// <summary>All operators of this assembly, by name.</summary>
public sealed class OperatorRegistry
{
    private readonly FrozenDictionary<OperatorName, (Operator Operator, int Since)> _operators;

    private OperatorRegistry(FrozenDictionary<OperatorName, (Operator Operator, int Since)> operators) => _operators = operators;

    /// <summary>The registry of the operators in GraphPipe.Ops.</summary>
    public static OperatorRegistry Standard { get; } = Find(typeof(OperatorRegistry).Assembly);

    public IEnumerable<OperatorName> Names => _operators.Keys;

    public Operator? this[OperatorName name] => _operators.TryGetValue(name, out var found) ? found.Operator : null;

    /// <summary>The operator; one of which only the name is known counts as <see cref="OpaqueOperator"/>.</summary>
    public Operator Describe(OperatorName name) => this[name] ?? OpaqueOperator.Instance;

    public int SinceOf(OperatorName name) => _operators.TryGetValue(name, out var found) ? found.Since : 1;

    public static OperatorRegistry Find(Assembly assembly)
    {
        var found = new Dictionary<OperatorName, (Operator, int)>();
        foreach (var type in assembly.GetTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(Operator))))
        {
            foreach (var attribute in type.GetCustomAttributes<OperatorAttribute>())
                found.Add(OperatorName.Parse(attribute.Type), ((Operator)Activator.CreateInstance(type, nonPublic: true)!, attribute.Since));
        }

        return new OperatorRegistry(found.ToFrozenDictionary());
    }
}
