using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>
/// Checks what every module must hold (single assignment, definition before use, unique names) and what its level promises. A failure in
/// a module that a pass made is a bug of the pass; in a text that a user wrote it is GP4002.
/// </summary>
public static class Verifier
{
    public static void Verify(Module module, DiagnosticBag bag)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in module.Values)
        {
            if (!names.Add(value.Name))
                Fail(bag, $"two values have the name '{value.Name}'");
        }

        var defined = new bool[module.Values.Length];
        foreach (var parameter in module.Parameters)
            Define(module, parameter.Value, defined, bag);
        foreach (var variable in module.Variables)
            Define(module, variable.Value, defined, bag);
        if (module.Level == Level.Comm)
        {
            foreach (var stage in module.Stages)
                VerifyStage(module, stage, (bool[])defined.Clone(), bag);
            ChannelVerifier.Verify(module, bag);
        }
        else
        {
            VerifyRegion(module, module.Graph, defined, bag);
            VerifyLevel(module, bag);
        }
    }

    // The functions of a stage run one after the other; a later one reads what an earlier one saved.
    private static void VerifyStage(Module module, Stage stage, bool[] defined, DiagnosticBag bag)
    {
        foreach (var function in stage.Functions)
            VerifyRegion(module, function.Body, defined, bag);
    }

    private static void VerifyRegion(Module module, Region region, bool[] defined, DiagnosticBag bag)
    {
        foreach (var input in region.Inputs)
            Define(module, input, defined, bag);
        foreach (var op in region.Ops)
        {
            foreach (var operand in op.Operands)
                Used(module, operand, defined, bag, op);
            foreach (var inner in op.Regions)
                VerifyRegion(module, inner, (bool[])defined.Clone(), bag);
            foreach (var result in op.Results)
            {
                if (!result.IsNone)
                    Define(module, result, defined, bag);
            }
        }

        foreach (var output in region.Outputs)
            Used(module, output, defined, bag, null);
    }

    private static void VerifyLevel(Module module, DiagnosticBag bag)
    {
        if (module.Level == Level.Onnx)
            return;
        foreach (var op in module.Graph.Ops)
        {
            foreach (var result in op.Results)
            {
                if (!result.IsNone && (module[result].Tensor is not { Shape: { } shape } || shape.Any(d => d.Symbols.Any(s => s != Dim.BatchSymbol))))
                    Fail(bag, $"result '{module[result].Name}' of {op.Name} has no fixed type", op);
            }

            if (module.Level < Level.Train && op.Phase != Phase.Forward)
                Fail(bag, $"{op.Name} has phase {op.Phase} below level train", op);
            if (module.Level == Level.Staged && op.Stage is null)
                Fail(bag, $"{op.Name} has no stage", op);
            if (op.Stage is { } stage && (stage.Value < 0 || stage.Value >= module.Stages.Length))
                Fail(bag, $"{op.Name} names stage {stage.Value} of {module.Stages.Length}", op);
        }

        // Phases come in their order: nothing of the forward reads a gradient, and so on.
        var phases = new Dictionary<ValueId, Phase>();
        foreach (var op in module.Graph.Ops)
        {
            foreach (var operand in op.Operands)
            {
                if (!operand.IsNone && phases.TryGetValue(operand, out var phase) && phase > op.Phase)
                    Fail(bag, $"{op.Name} of phase {op.Phase} reads '{module[operand].Name}' of phase {phase}", op);
            }

            foreach (var result in op.Results)
            {
                if (!result.IsNone)
                    phases[result] = op.Phase;
            }
        }
    }

    private static void Define(Module module, ValueId id, bool[] defined, DiagnosticBag bag)
    {
        if (id.IsNone || id.Index >= defined.Length)
            Fail(bag, "a definition names no value");
        else if (defined[id.Index])
            Fail(bag, $"value '{module[id].Name}' is defined twice");
        else
            defined[id.Index] = true;
    }

    private static void Used(Module module, ValueId id, bool[] defined, DiagnosticBag bag, Op? op)
    {
        if (id.IsNone)
            return;
        if (id.Index >= defined.Length)
            Fail(bag, "an operand names no value", op);
        else if (!defined[id.Index])
            Fail(bag, $"value '{module[id].Name}' is used{(op is null ? " as an output" : $" by {op.Name}")} before it is defined", op);
    }

    internal static void Fail(DiagnosticBag bag, string message, Op? op = null) =>
        bag.Add(Diagnostic.Error(Codes.IrInvalid, message, op?.Location.ToString() ?? "", "the IR text breaks a rule of docs/ir.md"));
}
