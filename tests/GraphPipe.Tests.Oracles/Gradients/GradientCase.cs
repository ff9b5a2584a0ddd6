using System.Collections.Immutable;
using System.Text.Json;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Oracles.Gradients;

/// <summary>What became of a case.</summary>
/// <param name="Unsupported">Why it can't be compiled or run, by the compiler's own word; null if it ran.</param>
/// <param name="Wrong">What differs from PyTorch; null if nothing does.</param>
internal sealed record CaseOutcome(string Case, string? Unsupported, string? Wrong);

/// <summary>
/// A case of <c>shared/data/gradient-cases</c>, made a model that trains: the graph's inputs become initializers (those with a gradient
/// trained, the others frozen), the outputs are multiplied by their cotangents and summed up, and one sample <c>one</c> = 1 makes that
/// number a loss with samples: loss = Σ one·(anchor + Σ cotangent·output). The anchor, a trained 0, keeps the loss trainable where no gradient flows.
/// </summary>
internal sealed class GradientCase
{
    private static readonly string[] NotSupported =
        [Codes.OpsetUnsupported, Codes.OperatorUnknown, Codes.OperatorUnsupported, Codes.GradientMissing, Codes.KernelMissing, Codes.ShapeUnknown];

    private static readonly HashSet<string> LooseOperators = ["Conv", "LayerNormalization", "InstanceNormalization", "BatchNormalization", "MeanVarianceNormalization"];

    private readonly string _path;
    private readonly string[] _differentiable;
    private readonly HashSet<string> _flags;
    private readonly bool _isLoose;

    private GradientCase(string folder, JsonElement record)
    {
        Name = record.GetProperty("case").GetString()!;
        _path = Path.Combine(folder, Name);
        _differentiable = [.. record.GetProperty("inputs").EnumerateObject().Where(i => i.Value.GetProperty("differentiable").GetBoolean()).Select(i => i.Name)];
        _flags = record.TryGetProperty("flags", out var flags) ? [.. flags.EnumerateArray().Select(f => f.GetString()!)] : [];
        string[] ops = record.TryGetProperty("nodes", out var nodes) ? [.. nodes.EnumerateArray().Select(n => n.GetString()!)] : [Path.GetFileName(folder)];
        _isLoose = ops.Any(op => op.StartsWith("Reduce", StringComparison.Ordinal) || LooseOperators.Contains(op));
    }

    public string Name { get; }

    /// <summary>The cases of an operator that are f32.</summary>
    public static IReadOnlyList<GradientCase> Of(string folder)
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "cases.json")));
        return [.. cases.RootElement.EnumerateArray().Where(c => c.GetProperty("dtype").GetString() == "float32").Select(c => new GradientCase(folder, c))];
    }

    public CaseOutcome Run()
    {
        var tensors = Safetensors.Read(_path + ".safetensors");
        TrainingSession session;
        string loss;
        try
        {
            var module = Training(OnnxModel.Load(_path + ".onnx").ToModule(), tensors, out loss);
            var options = new CompileOptions
            {
                Loss = LossKind.Output,
                LossOutput = loss,
                Freeze = [.. module.Parameters.Where(p => p.Role == ParameterRole.Frozen).Select(p => module[p.Value].Name)],
                MiniBatch = 1,
                MicroBatch = MicroBatchChoice.Of(1),
                Stages = 1,
                Passes = new PassOptions { VerifyEach = true },
            };
            session = new TrainingSession(ModelCompiler.Compile(OnnxModel.Parse(OnnxExport.Write(module)), options).Bundle);
        }
        catch (DiagnosticException e) when (e.Diagnostics.All(d => d.Severity != Severity.Error || NotSupported.Contains(d.Code)))
        {
            return new CaseOutcome(Name, string.Join("; ", e.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => $"{d.Code} {d.Message}").Distinct()), null);
        }
        catch (DiagnosticException e)
        {
            return new CaseOutcome(Name, null, string.Join("; ", e.Diagnostics.Select(d => d.ToString())));
        }

        using (session)
            return new CaseOutcome(Name, null, Compare(session, tensors));
    }

    private string? Compare(TrainingSession session, TensorSet tensors)
    {
        var batch = new MiniBatch(1, [KeyValuePair.Create("one", TensorData.Floats([1], 1))]);
        var forward = session.Evaluate(batch);
        var wrong = new List<string>();
        foreach (var (key, expected) in tensors.Where(t => t.Key.StartsWith("output.", StringComparison.Ordinal)))
            Check(key, expected, forward.Outputs.GetValueOrDefault(key["output.".Length..]), wrong);
        session.Step(batch);
        foreach (string input in _differentiable)
            Check("grad." + input, tensors["grad." + input], Gradient(session, input), wrong);
        return wrong.Count == 0 ? null : string.Join("; ", wrong);
    }

    // A parameter that no gradient reaches is not trained: its gradient is zero.
    private static TensorData Gradient(TrainingSession session, string name)
    {
        try
        {
            return session.Executor.GetGradient(name);
        }
        catch (ArgumentException)
        {
            var info = session.Executor.Parameters.FirstOrDefault(p => p.Name == name);
            return info is null ? TensorData.Floats([], 0) : new TensorData(info.Type, info.Shape, new byte[info.Type.Size(TensorData.CountOf(info.Shape)).Value]);
        }
    }

    private void Check(string what, TensorData expected, TensorData? actual, List<string> wrong)
    {
        if (actual is null)
        {
            wrong.Add($"{what} is missing");
            return;
        }

        // A parameter that nothing reads is not in the bundle; then only zeros are right.
        bool isGone = actual.Count != expected.Count && actual.Count == 1;
        if (!isGone && !actual.Shape.AsSpan().SequenceEqual(expected.Shape.AsSpan()))
        {
            wrong.Add($"{what} is {actual}, not {expected}");
            return;
        }

        double largest = 1;
        for (int i = 0; i < expected.Count; i++)
            largest = Math.Max(largest, Math.Abs(expected.DoubleAt(i)));
        double tolerance = (_isLoose ? 5e-5 : 1e-5) * (_flags.Contains("ill_conditioned") ? 10 : 1) * largest;
        double error = 0;
        int at = 0;
        for (int i = 0; i < expected.Count; i++)
        {
            double e = expected.DoubleAt(i), a = actual.DoubleAt(isGone ? 0 : i);
            double difference = e.Equals(a) ? 0 : double.IsNaN(e - a) ? double.PositiveInfinity : Math.Abs(e - a);
            if (difference > error)
                (error, at) = (difference, i);
        }

        if (error > tolerance)
            wrong.Add($"{what} differs by {error:g3} (tolerance {tolerance:g3}) at {at}: {actual.DoubleAt(isGone ? 0 : at):g7}, PyTorch {expected.DoubleAt(at):g7}");
    }

    private static Module Training(Module module, TensorSet tensors, out string lossName)
    {
        var builder = new ModuleBuilder(module);
        builder.SetParameters(builder.Parameters.Select(p => p with { Role = p.Role == ParameterRole.Trained ? ParameterRole.Frozen : p.Role }).ToList());
        foreach (var input in module.Graph.Inputs)
        {
            var data = tensors["input." + module[input].Name];
            builder.SetType(input, new TensorType(data.Type, Shape.Of(data.Shape.AsSpan())));
            bool isTrained = tensors.ContainsKey("grad." + module[input].Name);
            builder.AddParameter(new Parameter(input, isTrained ? ParameterRole.Trained : data.Type.IsFloat() ? ParameterRole.Frozen : ParameterRole.Constant, data));
        }

        var ops = ImmutableArray.CreateBuilder<Op>();
        // Statistics of a BatchNormalization are never trained, unless they are not recognised.
        foreach (var op in module.Graph.Ops)
            ops.Add(op.Is("BatchNormalization") ? op with { Operands = [.. op.Operands[..3], .. op.Operands[3..].Select(o => Emit("Identity", "statistic", Attributes.Empty, o))] } : op);
        ValueId Emit(string type, string hint, Attributes attributes, params ReadOnlySpan<ValueId> operands)
        {
            var result = builder.AddValue(hint, null);
            ops.Add(new Op(builder.NextOpId(), OperatorName.Standard(type), [.. operands], [result]) { Attributes = attributes, Location = Location.Of("tail." + builder[result].Name) });
            return result;
        }

        var keep = Attributes.Empty.With("keepdims", 0);
        var total = Parameter(builder, "anchor", ParameterRole.Trained, TensorData.Floats([], 0));
        foreach (var output in module.Graph.Outputs)
        {
            if (!tensors.TryGetValue("cotangent." + module[output].Name, out var cotangent))
                continue;
            var factor = Parameter(builder, "cotangent", ParameterRole.Frozen, cotangent);
            var product = Emit("Mul", "tail.product", Attributes.Empty, output, factor);
            total = Emit("Add", "tail.total", Attributes.Empty, total, Emit("ReduceSum", "tail.sum", keep, product));
        }

        var one = builder.AddValue("one", new TensorType(DType.F32, Shape.Create([Dim.Batch])));
        var loss = Emit("ReduceSum", "tail.loss", keep, Emit("Mul", "tail.weighted", Attributes.Empty, one, total));
        builder.SetType(loss, new TensorType(DType.F32, Shape.Scalar));
        lossName = builder[loss].Name;
        return builder.Build(module.Graph with { Inputs = [one], Ops = ops.ToImmutable(), Outputs = [.. module.Graph.Outputs, loss] }, Level.Onnx);
    }

    private static ValueId Parameter(ModuleBuilder builder, string name, ParameterRole role, TensorData data)
    {
        var id = builder.AddValue(name, new TensorType(data.Type, Shape.Of(data.Shape.AsSpan())));
        builder.AddParameter(new Parameter(id, role, data));
        return id;
    }
}
