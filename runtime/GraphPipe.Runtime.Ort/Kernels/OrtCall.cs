using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace GraphPipe.Runtime.Ort;

/// <summary>
/// A session of one op. ONNX Runtime reads and writes the device's buffers in place; a set of addresses (one for each micro-batch in flight) is bound
/// once.
/// </summary>
internal sealed class OrtCall : IFallbackCall
{
    /// <summary>More sets of addresses than a stage has micro-batches in flight would be a leak.</summary>
    private const int MostPlaces = 256;

    private readonly InferenceSession _session;
    private readonly Operand[] _inputs;
    private readonly Operand[] _outputs;
    private readonly RunOptions _run = new();
    private readonly List<Places> _places = [];

    private OrtCall(InferenceSession session, Operand[] inputs, Operand[] outputs)
    {
        _session = session;
        _inputs = inputs;
        _outputs = outputs;
    }

    /// <summary>Null if an operand's type is beyond ONNX Runtime's C# interface. Takes the session over, then too.</summary>
    public static OrtCall? Create(InferenceSession session, KernelBinding binding)
    {
        var inputs = Operands(session.InputNames, binding.InputCount, 'x', i => binding.HasInput(i) ? binding.Input(i) : null);
        var outputs = Operands(session.OutputNames, binding.OutputCount, 'y', i => binding.HasOutput(i) ? binding.Output(i) : null);
        if (inputs is not null && outputs is not null)
            return new OrtCall(session, inputs, outputs);
        session.Dispose();
        return null;
    }

    public void Run(ReadOnlySpan<nint> inputs, ReadOnlySpan<nint> outputs)
    {
        foreach (var known in _places)
        {
            if (!inputs.SequenceEqual(known.Inputs) || !outputs.SequenceEqual(known.Outputs))
                continue;
            _session.RunWithBinding(_run, known.Binding);
            return;
        }

        if (_places.Count == MostPlaces)
        {
            _places[0].Dispose();
            _places.RemoveAt(0);
        }

        var places = new Places(_session, inputs.ToArray(), outputs.ToArray());
        _places.Add(places);
        foreach (var operand in _inputs)
            places.Bind(operand, inputs[operand.Index], isInput: true);
        foreach (var operand in _outputs)
            places.Bind(operand, outputs[operand.Index], isInput: false);
        _session.RunWithBinding(_run, places.Binding);
    }

    public void Dispose()
    {
        foreach (var places in _places)
            places.Dispose();
        _places.Clear();
        _run.Dispose();
        _session.Dispose();
    }

    // Only what the model names: small constants are built into it, and a result that nobody reads is not in it.
    private static Operand[]? Operands(IReadOnlyList<string> names, int count, char letter, Func<int, OperandType?> typeOf)
    {
        var list = new List<Operand>();
        foreach (string name in names)
        {
            if (name[0] != letter || !int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index >= count || typeOf(index) is not { } type)
                return null;
            if (OrtTypes.Of(type.Type) is null)
                return null;
            list.Add(new Operand(name, index, type));
        }

        return [.. list];
    }

    private sealed record Operand(string Name, int Index, OperandType Type);

    private sealed class Places(InferenceSession session, nint[] inputs, nint[] outputs) : IDisposable
    {
        private readonly List<OrtValue> _values = [];

        public nint[] Inputs { get; } = inputs;

        public nint[] Outputs { get; } = outputs;

        public OrtIoBinding Binding { get; } = session.CreateIoBinding();

        public void Bind(Operand operand, nint address, bool isInput)
        {
            var type = operand.Type;
            var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, OrtTypes.Of(type.Type)!.Value, [.. type.Shape], address, type.Bytes);
            _values.Add(value);
            if (isInput)
                Binding.BindInput(operand.Name, value);
            else
                Binding.BindOutput(operand.Name, value);
        }

        public void Dispose()
        {
            Binding.Dispose();
            foreach (var value in _values)
                value.Dispose();
        }
    }
}
