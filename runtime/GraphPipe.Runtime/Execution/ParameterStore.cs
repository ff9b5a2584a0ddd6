using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>The parameters, gradients and optimizer states in the devices' persistent memory, by ONNX initializer name.</summary>
internal sealed class ParameterStore
{
    private readonly Dictionary<string, List<(StageInstance Stage, ParameterDecl Declaration)>> _copies = new(StringComparer.Ordinal);

    public ParameterStore(IEnumerable<StageInstance> stages)
    {
        foreach (var stage in stages)
        {
            foreach (var declaration in stage.Program.Parameters)
            {
                if (!_copies.TryGetValue(declaration.Name, out var copies))
                    _copies.Add(declaration.Name, copies = []);
                copies.Add((stage, declaration));
            }
        }

        All =
        [
            .. from owner in _copies.Values.Select(OwnerOf).OrderBy(o => o.Declaration.Name, StringComparer.Ordinal)
               let buffer = owner.Stage.Program[owner.Declaration.Buffer]
               select new ParameterInfo(
                   owner.Declaration.Name, buffer.Type, buffer.Shape.At(0), owner.Declaration.Role, owner.Declaration.Owner, [.. owner.Declaration.States.Select(s => s.Name)]),
        ];
    }

    public ImmutableArray<ParameterInfo> All { get; }

    /// <summary>Writes every copy of every parameter.</summary>
    /// <exception cref="DiagnosticException">GP5006: weights are missing or of another type or shape, all of them.</exception>
    public void Load(IReadOnlyDictionary<string, TensorData> weights)
    {
        var diagnostics = new DiagnosticBag();
        foreach (var parameter in All)
        {
            if (!weights.TryGetValue(parameter.Name, out var value))
                diagnostics.Add(Diagnostic.Error(Codes.BundleContent, $"there are no weights for '{parameter.Name}'", parameter.Name));
            else if (value.Type != parameter.Type || !value.Shape.AsSpan().SequenceEqual(parameter.Shape.AsSpan()))
                diagnostics.Add(Diagnostic.Error(Codes.BundleContent, $"the weights of '{parameter.Name}' are {value}, the program wants {Text(parameter)}", parameter.Name));
            else
                Set(parameter.Name, value);
        }

        diagnostics.ThrowIfErrors();
    }

    public TensorData Get(string name)
    {
        var (stage, declaration) = OwnerOf(name);
        return Read(stage, declaration.Buffer);
    }

    public void Set(string name, TensorData value)
    {
        foreach (var (stage, declaration) in CopiesOf(name))
            Write(stage, declaration.Buffer, name, value);
    }

    public TensorData Gradient(string name)
    {
        var (stage, declaration) = OwnerOf(name);
        return declaration.Accumulator.IsNone ? throw new ArgumentException($"'{name}' is not trained", nameof(name)) : Read(stage, declaration.Accumulator);
    }

    public TensorData State(string name, string state)
    {
        var (stage, declaration) = OwnerOf(name);
        return Read(stage, StateOf(declaration, state));
    }

    public void SetState(string name, string state, TensorData value)
    {
        StateOf(OwnerOf(name).Declaration, state);
        foreach (var (stage, declaration) in CopiesOf(name).Where(c => c.Declaration.States.Any(s => s.Name == state)))
            Write(stage, StateOf(declaration, state), name, value);
    }

    private static BufferId StateOf(ParameterDecl declaration, string state) =>
        declaration.States.FirstOrDefault(s => s.Name == state)?.Buffer ?? throw new ArgumentException($"'{declaration.Name}' has no optimizer state '{state}'", nameof(state));

    private static (StageInstance Stage, ParameterDecl Declaration) OwnerOf(List<(StageInstance Stage, ParameterDecl Declaration)> copies)
    {
        int owner = copies.FindIndex(c => c.Stage.Program.Id == c.Declaration.Owner);
        return copies[Math.Max(owner, 0)];
    }

    private static TensorData Read(StageInstance stage, BufferId id)
    {
        var buffer = stage.Program[id];
        byte[] bytes = new byte[buffer.Size(0).Value];
        stage.Device.Read(stage.AddressOf(id, PlanAction.NoMicroBatch), bytes, StridedCopy.Whole(bytes.Length));
        return new TensorData(buffer.Type, buffer.Shape.At(0), bytes);
    }

    private static void Write(StageInstance stage, BufferId id, string name, TensorData value)
    {
        var buffer = stage.Program[id];
        if (value.Type != buffer.Type || !value.Shape.AsSpan().SequenceEqual(buffer.Shape.At(0).AsSpan()))
            throw new ArgumentException($"'{name}' is {buffer.Type.Text()}{buffer.Shape}, not {value}", nameof(value));
        stage.Device.Write(value.Bytes.Span, stage.AddressOf(id, PlanAction.NoMicroBatch), StridedCopy.Whole(value.Bytes.Length));
    }

    private static string Text(ParameterInfo parameter) => $"{parameter.Type.Text()}[{string.Join(',', parameter.Shape)}]";

    private List<(StageInstance Stage, ParameterDecl Declaration)> CopiesOf(string name) =>
        _copies.TryGetValue(name, out var copies) ? copies : throw new ArgumentException($"there is no parameter '{name}'", nameof(name));

    private (StageInstance Stage, ParameterDecl Declaration) OwnerOf(string name) => OwnerOf(CopiesOf(name));
}
