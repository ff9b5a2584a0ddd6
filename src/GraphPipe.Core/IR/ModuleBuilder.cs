using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>
/// Grows a module: a value table with unique names, fresh op ids. Passes start from a module, add values and ops, and end with
/// <see cref="Build"/>.
/// </summary>
public sealed class ModuleBuilder
{
    private readonly Module _source;
    private readonly List<ValueInfo> _values;
    private readonly Dictionary<string, ValueId> _byName;
    private readonly Dictionary<string, int> _nextSuffix = new(StringComparer.Ordinal);
    private readonly List<Parameter> _parameters;
    private readonly List<Variable> _variables;
    private readonly Dictionary<string, ValueId> _constants = new(StringComparer.Ordinal);
    private int _nextOp;

    public ModuleBuilder(Module source)
    {
        _source = source;
        _values = [.. source.Values];
        _byName = new Dictionary<string, ValueId>(_values.Count, StringComparer.Ordinal);
        for (int i = 0; i < _values.Count; i++)
            _byName.TryAdd(_values[i].Name, new ValueId(i));
        _parameters = [.. source.Parameters];
        _variables = [.. source.Variables];
        _nextOp = NextOpOf(source);
        foreach (var parameter in _parameters)
        {
            if (parameter.Role == ParameterRole.Constant)
                _constants.TryAdd(parameter.Hash, parameter.Value);
        }
    }

    public IReadOnlyList<Parameter> Parameters => _parameters;

    public ValueInfo this[ValueId id] => _values[id.Index];

    public TensorType TensorOf(ValueId id) =>
        _values[id.Index].Tensor ?? throw new InvalidOperationException($"value '{_values[id.Index].Name}' has no tensor type");

    public ValueId? Find(string name) => _byName.TryGetValue(name, out var id) ? id : null;

    /// <summary>A new value; its name is the hint, with a number behind it where the hint is taken.</summary>
    public ValueId AddValue(string hint, IrType? type)
    {
        string name = hint.Length == 0 ? "v" : hint;
        if (_byName.ContainsKey(name))
        {
            int suffix = _nextSuffix.GetValueOrDefault(name, 1);
            while (_byName.ContainsKey($"{name}_{suffix}"))
                suffix++;
            _nextSuffix[name] = suffix + 1;
            name = $"{name}_{suffix}";
        }

        var id = new ValueId(_values.Count);
        _values.Add(new ValueInfo(name, type));
        _byName.Add(name, id);
        return id;
    }

    public void SetType(ValueId id, IrType? type) => _values[id.Index] = _values[id.Index] with { Type = type };

    public OpId NextOpId() => new(_nextOp++);

    /// <summary>A constant; equal contents share one value.</summary>
    public ValueId Constant(TensorData data, string hint = "const")
    {
        if (_constants.TryGetValue(data.Hash, out var known))
            return known;
        var id = AddValue(hint, new TensorType(data.Type, Shape.Of(data.Shape.AsSpan())));
        _parameters.Add(new Parameter(id, ParameterRole.Constant, data));
        _constants.Add(data.Hash, id);
        return id;
    }

    public void AddParameter(Parameter parameter) => _parameters.Add(parameter);

    public void SetParameters(IEnumerable<Parameter> parameters)
    {
        var list = parameters.ToList();
        _parameters.Clear();
        _parameters.AddRange(list);
    }

    /// <summary>A sum or a state of a parameter's shape; f32 where the parameter is a half, for many small steps add up in it.</summary>
    public ValueId AddVariable(string hint, VariableKind kind, ValueId of, string stateName)
    {
        var type = TensorOf(of);
        var id = AddValue(hint, new TensorType(type.Type.Wide(), type.Shape));
        _variables.Add(new Variable(id, kind, of, stateName));
        return id;
    }

    /// <summary>The module with this builder's values, parameters and variables and the given graph.</summary>
    public Module Build(Region graph, Level level) => _source with
    {
        Level = level,
        Values = [.. _values],
        Parameters = [.. _parameters],
        Variables = [.. _variables],
        Graph = graph,
    };

    private static int NextOpOf(Module module)
    {
        int next = 0;
        foreach (var region in module.Stages.SelectMany(s => s.Functions).Select(f => f.Body).Append(module.Graph))
        {
            foreach (var op in region.AllOps())
                next = Math.Max(next, op.Id.Index + 1);
        }

        return next;
    }
}
