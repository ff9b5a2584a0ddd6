namespace GraphPipe.Bundle;

/// <summary>That the parts of a bundle, each sound by itself, fit together.</summary>
internal static class BundleRules
{
    public static void Check(StageBundle bundle, InputSource source)
    {
        foreach (var stage in bundle.Stages)
        {
            var place = source.At($"stage '{stage.Program.Name}'");
            CheckPorts(bundle.Plan, stage.Program, place);
            CheckBackward(bundle.Plan, stage.Program, place);
            CheckWeights(stage, bundle.Plan, place);
        }

        foreach (var parameter in bundle.Manifest.Parameters)
        {
            if (parameter.Owner.Value >= bundle.Plan.Stages.Length)
                throw source.Malformed($"parameter '{parameter.Name}' belongs to {parameter.Owner}, which the plan does not have");
        }
    }

    private static void CheckPorts(ExecutionPlan plan, StageProgram program, InputSource place)
    {
        foreach (var port in program.Ports)
        {
            if (port.Channel.Value >= plan.Channels.Length)
                throw place.Malformed($"it has a port of {port.Channel}, which the plan does not have");
            var channel = plan[port.Channel];
            var buffer = program[port.Buffer];
            if ((port.IsSend ? channel.From : channel.To) != program.Id)
                throw place.Malformed($"channel '{channel.Name}' does not {(port.IsSend ? "begin" : "end")} there");
            if (channel.Type != buffer.Type || channel.Shape != buffer.Shape || channel.Batch != buffer.Batch)
            {
                throw place.Malformed(
                    $"channel '{channel.Name}' carries {channel.Type.Text()}{channel.Shape}, but its buffer '{buffer.Name}' is {buffer.Type.Text()}{buffer.Shape}");
            }
        }

        foreach (var channel in plan.Channels)
        {
            bool sends = channel.From == program.Id && !program.Ports.Any(p => p.IsSend && p.Channel == channel.Id);
            bool receives = channel.To == program.Id && !program.Ports.Any(p => !p.IsSend && p.Channel == channel.Id);
            if (sends || receives)
                throw place.Malformed($"it has no port for channel '{channel.Name}'");
        }
    }

    // An action without a function does nothing, which is right for a stage without parameters and wrong for one whose backward is otherwise.
    private static void CheckBackward(ExecutionPlan plan, StageProgram program, InputSource place)
    {
        bool isSplit = program.Function(FunctionKind.BackwardInput) is not null || program.Function(FunctionKind.BackwardWeight) is not null;
        if (!isSplit && program.Function(FunctionKind.Backward) is null)
            return;
        foreach (var action in plan.Devices.SelectMany(d => d.Actions))
        {
            if (action.IsBackward && action.Stage == program.Id && (action.Kind == ActionKind.Backward) == isSplit)
                throw place.Malformed($"its backward is {(isSplit ? "in two parts" : "in one part")}, but the plan says {action}");
        }
    }

    private static void CheckWeights(BundledStage stage, ExecutionPlan plan, InputSource place)
    {
        foreach (var parameter in stage.Program.Parameters)
        {
            var buffer = stage.Program[parameter.Buffer];
            if (parameter.Owner.Value >= plan.Stages.Length)
                throw place.Malformed($"parameter '{parameter.Name}' belongs to {parameter.Owner}, which the plan does not have");
            if (!stage.Weights.TryGetValue(parameter.Name, out var weights))
                throw place.Malformed($"the weights of parameter '{parameter.Name}' are missing");
            if (weights.Type != buffer.Type || buffer.Shape != Shape.Of(weights.Shape.AsSpan()))
                throw place.Malformed($"the weights of parameter '{parameter.Name}' are {weights}, but its buffer is {buffer.Type.Text()}{buffer.Shape}");
        }
    }
}
