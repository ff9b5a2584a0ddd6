using GraphPipe.Bundle;

namespace GraphPipe.Tests.Runtime;

/// <summary>Writes a stage program by hand.</summary>
internal sealed class ProgramBuilder(StageId id, string name)
{
    private readonly List<BufferDecl> _buffers = [];
    private readonly Dictionary<FunctionKind, List<KernelCall>> _functions = [];

    public List<ParameterDecl> Parameters { get; } = [];

    public List<FeedDecl> Feeds { get; } = [];

    public List<OutputDecl> Outputs { get; } = [];

    public List<PortDecl> Ports { get; } = [];

    public BufferId Loss { get; set; } = BufferId.None;

    /// <summary>Batch layout: leading where the shape has N.</summary>
    public BufferId Buffer(string bufferName, string shape, BufferLife life, DType type = DType.F32, BatchLayout? batch = null)
    {
        var parsed = Shape.Parse(shape);
        _buffers.Add(new BufferDecl(bufferName, type, parsed, life, batch ?? (parsed.Contains("N") ? BatchLayout.Leading : null), BufferId.None));
        return new BufferId(_buffers.Count - 1);
    }

    public BufferId Alias(BufferId of, string shape)
    {
        var root = _buffers[of.Value];
        _buffers.Add(root with { Shape = Shape.Parse(shape), AliasOf = of });
        return new BufferId(_buffers.Count - 1);
    }

    /// <summary>Declares a function, even if nothing is called in it.</summary>
    public void Declare(FunctionKind kind)
    {
        if (!_functions.ContainsKey(kind))
            _functions.Add(kind, []);
    }

    public void Call(
        FunctionKind kind, string kernel, BufferId[] inputs, BufferId[] outputs, Attributes? attributes = null, Dim? workspace = null, bool isElementwise = false, bool isReduction = false)
    {
        Declare(kind);
        var call = new KernelCall(kernel, [.. inputs], [.. outputs], attributes ?? Attributes.Empty, workspace ?? Dim.Zero, [$"/{name}/{kernel}"])
        {
            IsElementwise = isElementwise,
            IsReduction = isReduction,
        };
        _functions[kind].Add(call);
    }

    public StageProgram Build() => new(
        id,
        name,
        [.. _buffers],
        [.. _functions.OrderBy(f => f.Key).Select(f => new StageFunction(f.Key, [.. f.Value]))],
        [.. Parameters],
        [.. Feeds],
        [.. Outputs],
        [.. Ports],
        Loss);
}
