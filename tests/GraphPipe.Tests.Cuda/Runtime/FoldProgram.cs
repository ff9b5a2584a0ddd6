using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Tests.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>A program of elementwise calls and reductions that is written call by call.</summary>
/// <param name="isFused">Whether calls say what they are.</param>
internal sealed class FoldProgram(bool isFused)
{
    private const FunctionKind Forward = FunctionKind.Forward;

    private readonly ProgramBuilder _builder = new(new StageId(0), "s");
    private int _names;

    public Dictionary<string, TensorData> Weights { get; } = [];

    /// <summary>Of the weights, in the order in which they were asked for.</summary>
    public List<TensorData> Values { get; } = [];

    /// <param name="change">What becomes of the number at a position.</param>
    public BufferId Weight(long[] shape, int seed, Func<int, float, float>? change = null)
    {
        string name = $"w{_names++}";
        var id = _builder.Buffer(name, Text(shape), BufferLife.Persistent);
        _builder.Parameters.Add(new ParameterDecl(name, id, ParameterRole.Constant, new StageId(0), BufferId.None, []));
        var numbers = KernelCase.Numbers(shape, seed);
        Values.Add(change is null ? numbers : TensorData.Floats(numbers.Shape, [.. numbers.As<float>().ToArray().Select((v, i) => change(i, v))]));
        Weights.Add(name, Values[^1]);
        return id;
    }

    public BufferId Value(long[] shape) => _builder.Buffer($"v{_names++}", Text(shape), BufferLife.Temporary);

    public BufferId View(BufferId of, long[] shape) => _builder.Alias(of, Text(shape));

    public void Call(string op, BufferId result, params BufferId[] operands) => _builder.Call(Forward, op, operands, [result], isElementwise: isFused);

    public void Other(string op, BufferId result, params BufferId[] operands) => _builder.Call(Forward, op, operands, [result]);

    public BufferId Fold(string reduction, BufferId operand, long[] shape, int[] axes, bool keeps)
    {
        var result = Value([.. shape.Select((d, i) => axes.Contains(i) ? 1 : d).Where((_, i) => keeps || !axes.Contains(i))]);
        ImmutableArray<long> folded = [.. axes.Select(a => (long)a)];
        var attributes = reduction == "grad.SumTo" ? Attributes.Empty : Attributes.Empty.With("axes", folded).With("keepdims", keeps ? 1L : 0L);
        _builder.Call(Forward, reduction, [operand], [result], attributes, isReduction: isFused);
        return result;
    }

    public BufferId Output(BufferId buffer)
    {
        _builder.Outputs.Add(new OutputDecl($"out{_builder.Outputs.Count}", buffer));
        return buffer;
    }

    public StageProgram Build() => _builder.Build();

    private static string Text(long[] shape) => $"[{string.Join(',', shape)}]";
}
