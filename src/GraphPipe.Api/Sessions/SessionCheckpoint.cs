using GraphPipe.Bundle;
using GraphPipe.Onnx;

namespace GraphPipe;

/// <summary>Between a session and a checkpoint: everything is keyed by ONNX initializer names, never by stage.</summary>
internal static class SessionCheckpoint
{
    public static Checkpoint Of(TrainingSession session, TrainingPosition position)
    {
        var executor = session.Executor;
        var states = new SortedDictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var parameter in executor.Parameters)
        {
            foreach (string state in parameter.States)
                states.Add(Checkpoint.StateKey(parameter.Name, state), executor.GetState(parameter.Name, state));
        }

        // What is not trained goes along, so that a model can be exported from the checkpoint alone.
        var weights = executor.Parameters.Where(p => p.Role != ParameterRole.Constant).ToDictionary(p => p.Name, p => executor.GetParameter(p.Name), StringComparer.Ordinal);
        foreach (string name in OnnxModel.Parse(session.Bundle.ModelSkeleton).InitializerNames())
        {
            if (!weights.ContainsKey(name) && executor.Parameters.Any(p => p.Name == name))
                weights.Add(name, executor.GetParameter(name));
        }

        return new Checkpoint(position with { Step = executor.StepCount }, session.Bundle.Manifest.Optimizer, session.Bundle.Manifest.ModelSha256, weights, states, session.Bundle.ModelSkeleton);
    }

    public static TrainingPosition Restore(TrainingSession session, Checkpoint checkpoint)
    {
        var executor = session.Executor;
        if (checkpoint.ModelSha256 != session.Bundle.Manifest.ModelSha256)
            throw Malformed("it belongs to another model");
        foreach (var parameter in executor.Parameters.Where(p => p.Role == ParameterRole.Trained))
        {
            executor.SetParameter(parameter.Name, Find(checkpoint.Weights, parameter.Name, parameter.Type, parameter.Shape.AsSpan()));
            foreach (string state in parameter.States)
            {
                string key = Checkpoint.StateKey(parameter.Name, state);
                // Another optimizer than the one that wrote it starts with empty state.
                if (checkpoint.Optimizer?.Name == session.Bundle.Manifest.Optimizer?.Name)
                    executor.SetState(parameter.Name, state, Find(checkpoint.OptimizerState, key, parameter.Type, parameter.Shape.AsSpan()));
            }
        }

        executor.StepCount = checkpoint.Position.Step;
        return checkpoint.Position;
    }

    private static TensorData Find(IReadOnlyDictionary<string, TensorData> tensors, string name, DType type, ReadOnlySpan<long> shape)
    {
        if (!tensors.TryGetValue(name, out var tensor))
            throw Malformed($"it lacks '{name}'");
        return tensor.Type == type && tensor.Shape.AsSpan().SequenceEqual(shape) ? tensor : throw Malformed($"'{name}' is {tensor}, the model has {type.Text()}[{string.Join(',', shape.ToArray())}]");
    }

    private static DiagnosticException Malformed(string what) =>
        new(Diagnostic.Error(Codes.CheckpointMalformed, $"the checkpoint does not fit: {what}", advice: "resume with the model and the options that wrote it"));
}
