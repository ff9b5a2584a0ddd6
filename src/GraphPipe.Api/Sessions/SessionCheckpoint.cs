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
        RestoreWeights(session, checkpoint);
        // Adam's state and its count of steps mean nothing to another optimizer, and the other way round.
        if (checkpoint.Optimizer?.Name != session.Bundle.Manifest.Optimizer?.Name && session.Bundle.Manifest.Optimizer is { } own)
            throw Malformed($"it was trained with {checkpoint.Optimizer?.Name ?? "no optimizer"}, not {own.Name}", "resume with the optimizer that wrote it, or export the checkpoint and train that model");
        foreach (var parameter in executor.Parameters.Where(p => p.Role == ParameterRole.Trained))
        {
            foreach (string state in parameter.States)
            {
                string key = Checkpoint.StateKey(parameter.Name, state);
                executor.SetState(parameter.Name, state, Find(checkpoint.OptimizerState, key, parameter.Type.Wide(), parameter.Shape.AsSpan()));
            }
        }

        executor.StepCount = checkpoint.Position.Step;
        return checkpoint.Position;
    }

    /// <summary>The weights alone, those that are frozen by now included.</summary>
    public static void RestoreWeights(TrainingSession session, Checkpoint checkpoint)
    {
        if (checkpoint.ModelSha256 != session.Bundle.Manifest.ModelSha256)
            throw Malformed("it belongs to another model");
        foreach (var parameter in session.Executor.Parameters.Where(p => p.Role == ParameterRole.Trained || (p.Role == ParameterRole.Frozen && checkpoint.Weights.ContainsKey(p.Name))))
            session.Executor.SetParameter(parameter.Name, Find(checkpoint.Weights, parameter.Name, parameter.Type, parameter.Shape.AsSpan()));
    }

    private static TensorData Find(IReadOnlyDictionary<string, TensorData> tensors, string name, DType type, ReadOnlySpan<long> shape)
    {
        if (!tensors.TryGetValue(name, out var tensor))
            throw Malformed($"it lacks '{name}'");
        return tensor.Type == type && tensor.Shape.AsSpan().SequenceEqual(shape) ? tensor : throw Malformed($"'{name}' is {tensor}, the model has {type.Text()}[{string.Join(',', shape.ToArray())}]");
    }

    private static DiagnosticException Malformed(string what, string advice = "resume with the model and the options that wrote it") =>
        new(Diagnostic.Error(Codes.CheckpointMalformed, $"the checkpoint does not fit: {what}", advice: advice));
}
