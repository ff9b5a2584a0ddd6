using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Models;

/// <summary>
/// Builds a model layer by layer, as an exporter would write it: ONNX opset 17, the batch axis <c>N</c> in front, parameters under
/// PyTorch's names (<c>branch0.layers.1.attn.q.weight</c>), nodes under paths (<c>/branch0/layers.1/attn/MatMul</c>).
/// <example><code>
/// var b = new ModelBuilder("tiny", seed: 1);
/// var x = b.Input("x", DType.F32, 16);
/// using (b.In("head"))
///     x = b.Linear("fc1", x, 32);             // parameters head.fc1.weight and head.fc1.bias, node /head/fc1/Gemm
/// b.Output("y", b.Linear("fc2", b.Relu(x), 10));
/// var module = b.Build();
/// </code></example>
/// </summary>
/// <param name="name">Name of the graph.</param>
/// <param name="seed">Chooses the initial weights; a parameter's depend on it and on the parameter's name alone.</param>
public sealed partial class ModelBuilder(string name, long seed = 0)
{
    public const long Opset = 17;

    // What PyTorch's exporter gives files of this opset.
    private const string IrVersion = "8";

    private readonly ModuleBuilder _module = new(new Module { Name = name, Level = Level.Onnx });
    private readonly List<string> _path = [];
    private readonly Dictionary<string, int> _nodeNames = new(StringComparer.Ordinal);
    private readonly Dictionary<ValueId, TensorData> _constants = [];
    private readonly List<ValueId> _inputs = [];
    private readonly List<(string Name, ValueId Value)> _outputs = [];
    private readonly List<Op> _ops = [];

    /// <summary>The shape of a value, in N.</summary>
    public Shape ShapeOf(ValueId value) => _module.TensorOf(value).KnownShape;

    /// <summary>The length of an axis that is not the batch axis; negative axes count from the end.</summary>
    public long Length(ValueId value, int axis)
    {
        var shape = ShapeOf(value);
        return shape[axis < 0 ? axis + shape.Rank : axis].Constant ?? throw new ArgumentException($"axis {axis} of {shape} is the batch axis", nameof(axis));
    }

    /// <summary>
    /// Names of parameters and nodes made before the result is disposed get <paramref name="part"/> in front, below the parts that are open already.
    /// </summary>
    public IDisposable In(string part)
    {
        _path.Add(part);
        return new OpenPath(this);
    }

    /// <summary>An input [N, …].</summary>
    /// <param name="sampleShape">The shape of one sample.</param>
    public ValueId Input(string inputName, DType type, params ReadOnlySpan<long> sampleShape)
    {
        var id = _module.AddValue(inputName, new TensorType(type, Shape.Create([Dim.Batch, .. Shape.Of(sampleShape)])));
        _inputs.Add(id);
        return id;
    }

    /// <summary>Makes a value an output under this name.</summary>
    public void Output(string outputName, ValueId value) => _outputs.Add((outputName, value));

    /// <summary>A trained parameter, named by the open path and <paramref name="parameterName"/>.</summary>
    /// <exception cref="DiagnosticException">GP8001: it is larger than one tensor may be.</exception>
    public ValueId Parameter(string parameterName, ImmutableArray<long> shape, InitialWeights initial)
    {
        string full = string.Join('.', [.. _path, parameterName]);
        if (_module.Find(full) is not null)
            throw new InvalidOperationException($"the model has two parameters '{full}'");
        var elements = shape.Aggregate(Int128.One, (a, b) => a * b);
        if (elements * sizeof(float) > Array.MaxLength)
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.Usage, $"parameter '{full}' would have {elements} elements; one tensor may have {Array.MaxLength / sizeof(float)}", advice: "make the model's sizes smaller"));
        }

        var id = _module.AddValue(full, new TensorType(DType.F32, Shape.Of(shape.AsSpan())));
        _module.AddParameter(new Parameter(id, ParameterRole.Trained, initial.Make(shape, CounterRandom.Of(seed).Fork(full))));
        return id;
    }

    /// <summary>A constant, as an ONNX Constant node. (A float initializer would be taken for a parameter.)</summary>
    public ValueId Constant(TensorData data)
    {
        var id = Emit("Constant", [], Attributes.Empty.With("value", new IrAttribute.Tensor(data)));
        _constants.Add(id, data);
        return id;
    }

    /// <summary>Any ONNX operator with one result, whose type follows from the operands.</summary>
    public ValueId Emit(string type, ReadOnlySpan<ValueId> operands, Attributes? attributes = null)
    {
        string node = NodeName(type);
        var result = _module.AddValue(node + "_output_0", null);
        var op = new Op(_module.NextOpId(), OperatorName.Standard(type), [.. operands], [result])
        {
            Attributes = attributes ?? Attributes.Empty,
            Location = Location.Of(node),
        };
        _module.SetType(result, TypeOf(op, node));
        _ops.Add(op);
        return result;
    }

    /// <summary>The finished module at level <c>onnx</c>.</summary>
    /// <param name="metadata">What the file shall say about itself, beside producer and IR version.</param>
    public Module Build(IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        var region = new Region("graph", [.. _inputs], [.. _ops], [.. _outputs.Select(o => o.Value)]);
        var module = _module.Build(region, Level.Onnx);
        var values = module.Values.ToBuilder();
        foreach (var (outputName, value) in _outputs)
            values[value.Index] = values[value.Index] with { Name = outputName };
        return module with
        {
            Values = values.ToImmutable(),
            Opsets = module.Opsets.SetItem("", Opset),
            Metadata = module.Metadata.SetItem("ir_version", IrVersion).SetItem("producer_name", "graphpipe").SetItems(metadata ?? []),
        };
    }

    // What does not fit together here is a bug of the model's builder: sizes the user gave have been checked before.
    private TensorType TypeOf(Op op, string node)
    {
        var context = new InferenceContext(op, [.. op.Operands.Select(Facts)], () => throw Failure("makes a dimension that is no polynomial in N"));
        var described = OperatorRegistry.Standard[op.Name] ?? throw Failure("is of no known operator");
        described.Infer(context);
        if (context.Failure is { } reason)
            throw Failure($"does not type-check: {reason}");
        return context.ResultType(0) is { Shape: not null } type ? type : throw Failure("has no known type");

        InvalidOperationException Failure(string what) => new($"{node} {what}");
    }

    private ValueFacts Facts(ValueId id)
    {
        if (id.IsNone)
            return default;
        var constant = _constants.GetValueOrDefault(id);
        bool hasContent = constant is { Type: DType.I64, Shape.Length: <= 1, Count: <= InferenceContext.ContentLimit };
        return new ValueFacts(_module.TensorOf(id), hasContent ? [.. constant!.ToLongs().Select(Dim.Of)] : null, constant);
    }

    private string NodeName(string type)
    {
        string wanted = $"/{string.Join('/', [.. _path, type])}";
        int used = _nodeNames.GetValueOrDefault(wanted);
        _nodeNames[wanted] = used + 1;
        return used == 0 ? wanted : $"{wanted}_{used}";
    }

    private sealed class OpenPath(ModelBuilder builder) : IDisposable
    {
        public void Dispose() => builder._path.RemoveAt(builder._path.Count - 1);
    }
}
