using System.Collections.Frozen;
using System.Reflection;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Chooses stages and devices. One class, one file, found by <see cref="PartitionerAttribute"/>.</summary>
public interface IPartitioner
{
    /// <returns>A plan that <see cref="Objective.Validate"/> accepts; null with GP3xxx in <paramref name="diagnostics"/> if there is none.</returns>
    PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics);
}

/// <summary>Names a partitioner on the command line.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PartitionerAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>Every partitioner of this assembly by name.</summary>
public static class PartitionerTable
{
    private static readonly FrozenDictionary<string, IPartitioner> s_all = (
        from type in typeof(PartitionerTable).Assembly.GetTypes()
        let attribute = type.GetCustomAttribute<PartitionerAttribute>()
        where attribute is not null
        select (attribute.Name, (IPartitioner)Activator.CreateInstance(type)!)).ToFrozenDictionary(p => p.Name, p => p.Item2);

    public static IEnumerable<string> Names => s_all.Keys.Order(StringComparer.Ordinal);

    /// <returns>Null with GP3004 if there is no partitioner of that name.</returns>
    public static IPartitioner? Find(string name, DiagnosticBag diagnostics)
    {
        if (s_all.TryGetValue(name, out var partitioner))
            return partitioner;
        diagnostics.Add(Diagnostic.Error(Codes.PartitionerUnknown, $"no partitioner is called '{name}'", advice: $"known are {string.Join(", ", Names)}"));
        return null;
    }
}
