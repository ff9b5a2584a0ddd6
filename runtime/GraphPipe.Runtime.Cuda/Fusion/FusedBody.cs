using System.Reflection.Emit;

namespace GraphPipe.Runtime.Cuda.Fusion;

/// <summary>Writes the body of one fused method.</summary>
/// <param name="il">Of the method.</param>
/// <param name="numbers">The structure of numbers.</param>
/// <param name="numbersAt">Which parameter it is, the last.</param>
internal sealed class FusedBody(FusedStructure structure, ILGenerator il, Type numbers, int numbersAt)
{
    // The element that is being computed.
    private readonly LocalBuilder _position = il.DeclareLocal(typeof(int));
    private readonly LocalBuilder?[] _walks = new LocalBuilder?[structure.Walks];
    private readonly LocalBuilder?[] _operands = new LocalBuilder?[structure.Operands.Length];
    private readonly LocalBuilder[] _results = new LocalBuilder[structure.Steps.Length];

    public void Emit()
    {
        var end = il.DefineLabel();
        if (structure.Fold is { } fold)
            EmitFold(fold, end);
        else
            EmitOne(end);
        il.MarkLabel(end);
        il.Emit(OpCodes.Ret);
    }

    // An element by each thread.
    private void EmitOne(Label end)
    {
        Call(nameof(FusedCode.Position));
        il.Emit(OpCodes.Stloc, _position);
        il.Emit(OpCodes.Ldloc, _position);
        Number(FusedEmitter.Count);
        il.Emit(OpCodes.Bge, end);
        EmitElement();
    }

    // The elements of a result by each thread, or by each group of threads: of a group no thread may leave before all have joined.
    private void EmitFold(FusedFold code, Label end)
    {
        LocalBuilder result = il.DeclareLocal(typeof(int)), start = il.DeclareLocal(typeof(int)), next = il.DeclareLocal(typeof(int)), fold = il.DeclareLocal(typeof(double));
        Label more = il.DefineLabel(), test = il.DefineLabel();
        Call(code.IsByGroup ? nameof(FusedCode.GroupPosition) : nameof(FusedCode.Position));
        il.Emit(OpCodes.Stloc, result);
        if (!code.IsByGroup)
        {
            il.Emit(OpCodes.Ldloc, result);
            Number(FusedEmitter.Kept);
            Call(nameof(FusedCode.Count));
            il.Emit(OpCodes.Bge, end);
        }

        Number(FusedEmitter.Kept);
        il.Emit(OpCodes.Ldloc, result);
        Call(nameof(FusedCode.At));
        il.Emit(OpCodes.Stloc, start);
        Call(nameof(FusedCode.Identity), code.Reduction);
        il.Emit(OpCodes.Stloc, fold);
        if (code.IsByGroup)
            Call(nameof(FusedCode.ThreadPosition));
        else
            il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Stloc, next);
        il.Emit(OpCodes.Br, test);

        il.MarkLabel(more);
        il.Emit(OpCodes.Ldloc, start);
        Number(FusedEmitter.Folded);
        il.Emit(OpCodes.Ldloc, next);
        Call(nameof(FusedCode.At));
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, _position);
        EmitElement();
        var value = ValueOf(code.Value);
        il.Emit(OpCodes.Ldloc, fold);
        il.Emit(OpCodes.Ldloc, value);
        Call(nameof(FusedCode.Join), code.Reduction);
        il.Emit(OpCodes.Stloc, fold);
        il.Emit(OpCodes.Ldloc, next);
        il.Emit(OpCodes.Ldc_I4, code.IsByGroup ? Numerics.GroupFold.Threads : 1);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, next);

        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, next);
        Number(FusedEmitter.Folded);
        Call(nameof(FusedCode.Count));
        il.Emit(OpCodes.Blt, more);
        if (code.IsByGroup)
        {
            il.Emit(OpCodes.Ldloc, fold);
            Call(nameof(FusedCode.JoinGroup), code.Reduction);
            il.Emit(OpCodes.Stloc, fold);
            Call(nameof(FusedCode.ThreadPosition));
            il.Emit(OpCodes.Brtrue, end);
        }

        il.Emit(OpCodes.Ldarg, (short)(numbersAt - 1));
        il.Emit(OpCodes.Ldloc, result);
        il.Emit(OpCodes.Ldloc, fold);
        Number(FusedEmitter.Folded);
        Call(nameof(FusedCode.Finish), code.Reduction);
        Call(nameof(FusedCode.Store), typeof(float));
    }

    // The steps at one element, and what of them goes to memory.
    private void EmitElement()
    {
        int argument = 0;
        for (int step = 0; step < structure.Steps.Length; step++)
            EmitStep(step, ref argument);
        int view = structure.Operands.Length;
        for (int step = 0; step < structure.Steps.Length; step++)
        {
            if (!structure.Steps[step].IsStored)
                continue;
            il.Emit(OpCodes.Ldarg, (short)view++);
            il.Emit(OpCodes.Ldloc, _position);
            il.Emit(OpCodes.Ldloc, _results[step]);
            Call(nameof(FusedCode.Store), structure.Steps[step].Method.ReturnType);
        }
    }

    private void EmitStep(int step, ref int argument)
    {
        var code = structure.Steps[step];
        var values = structure.Arguments.AsSpan(argument, code.Arguments);
        argument += code.Arguments;

        // Loads come before what is on the stack.
        foreach (var value in values)
            _ = ValueOf(value);
        foreach (var value in values)
            il.Emit(OpCodes.Ldloc, ValueOf(value));
        if (code.HasConstants)
            Number(FusedEmitter.Constants(step));
        il.Emit(OpCodes.Call, code.Method);
        _results[step] = il.DeclareLocal(code.Method.ReturnType);
        il.Emit(OpCodes.Stloc, _results[step]);
    }

    private LocalBuilder ValueOf(FusedArgument argument) => argument.IsStep ? _results[argument.Number] : _operands[argument.Number] ??= Load(argument.Number);

    private LocalBuilder Load(int operand)
    {
        var (element, walk) = structure.Operands[operand];
        var at = walk == FusedOperand.Dense ? _position : _walks[walk] ??= At(walk);
        var value = il.DeclareLocal(element);
        il.Emit(OpCodes.Ldarg, (short)operand);
        il.Emit(OpCodes.Ldloc, at);
        Call(nameof(FusedCode.Load), element);
        il.Emit(OpCodes.Stloc, value);
        return value;
    }

    private LocalBuilder At(int walk)
    {
        var at = il.DeclareLocal(typeof(int));
        Number(FusedEmitter.Walk(walk));
        il.Emit(OpCodes.Ldloc, _position);
        Call(nameof(FusedCode.At));
        il.Emit(OpCodes.Stloc, at);
        return at;
    }

    private void Number(string field)
    {
        il.Emit(OpCodes.Ldarg, (short)numbersAt);
        il.Emit(OpCodes.Ldfld, numbers.GetField(field)!);
    }

    private void Call(string part, Type? element = null)
    {
        var method = typeof(FusedCode).GetMethod(part)!;
        il.Emit(OpCodes.Call, element is null ? method : method.MakeGenericMethod(element));
    }
}
