using System.Reflection;
using System.Reflection.Emit;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Numerics;
using GraphPipe.Runtime.Elements;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Fusion;

/// <summary>
/// Writes fused code as a method that ILGPU compiles like those written by hand: the views of what is read, those of what is written, and a structure of numbers. It is
/// never run or compiled by .NET. For <c>y = tanh(x + bias)</c>, where the sum is wanted too:
/// <code>
/// int i = Position();
/// if (i >= n.Count) return;
/// float o0 = Load(x, i), o1 = Load(bias, At(n.Walk0, i));
/// float s0 = Add(o0, o1), s1 = Tanh(s0, n.Constants0);
/// Store(sum, i, s0);
/// Store(y, i, s1);
/// </code>
/// </summary>
internal sealed class FusedEmitter
{
    // Functions that a kernel's name tells.
    private const int MostNamed = 6;

    private const string Count = nameof(Count);

    private readonly ModuleBuilder _module =
        AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("GraphPipe.Fused"), AssemblyBuilderAccess.RunAndCollect).DefineDynamicModule("fused");
    private readonly Dictionary<FusedStructure, KernelSource> _emitted = [];

    /// <summary>The code of a structure; the same method every time.</summary>
    public KernelSource Emit(FusedStructure structure)
    {
        if (!_emitted.TryGetValue(structure, out var source))
        {
            source = new KernelSource(EmitNow(structure));
            _emitted.Add(structure, source);
        }

        return source;
    }

    private MethodInfo EmitNow(FusedStructure structure)
    {
        var numbers = EmitNumbers(structure);
        var type = _module.DefineType($"Fused{_emitted.Count}", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        Type[] results = [.. structure.Steps.Where(s => s.IsStored).Select(s => s.Method.ReturnType)];
        Type[] parameters = [.. structure.Operands.Select(o => o.Element).Concat(results).Select(t => typeof(ArrayView<>).MakeGenericType(t)), numbers];
        var method = type.DefineMethod(NameOf(structure), MethodAttributes.Public | MethodAttributes.Static, typeof(void), parameters);
        new Body(structure, method.GetILGenerator(), numbers, parameters.Length - 1).Emit();
        return type.CreateType().GetMethod(method.Name)!;
    }

    // Fields of 4 bytes alone, so they lie without gaps.
    private Type EmitNumbers(FusedStructure structure)
    {
        const TypeAttributes attributes = TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.SequentialLayout;
        var type = _module.DefineType($"Numbers{_emitted.Count}", attributes, typeof(ValueType));
        type.DefineField(Count, typeof(int), FieldAttributes.Public);
        for (int walk = 0; walk < structure.Walks; walk++)
            type.DefineField(Walk(walk), typeof(StridedMap), FieldAttributes.Public);
        for (int step = 0; step < structure.Steps.Length; step++)
        {
            if (structure.Steps[step].HasConstants)
                type.DefineField(Constants(step), typeof(OpConstants), FieldAttributes.Public);
        }

        return type.CreateType();
    }

    private static string Walk(int walk) => $"Walk{walk}";

    private static string Constants(int step) => $"Constants{step}";

    private static string NameOf(FusedStructure structure)
    {
        string name = string.Join('_', structure.Steps.Take(MostNamed).Select(s => NameOf(s.Method)));
        return structure.Steps.Length > MostNamed ? $"{name}_and_{structure.Steps.Length - MostNamed}" : name;
    }

    // OfTwoFloats<Add>.Apply: Add; OfFloat<Tanh>.Gradient: TanhGradient; CastKernel.Op.Apply: Cast; ElementwiseCode.Select: Select.
    private static string NameOf(MethodInfo method)
    {
        var type = method.DeclaringType!;
        string owner = type is { IsGenericType: true, IsNested: false } ? type.GetGenericArguments()[0].Name : type.DeclaringType?.Name ?? "";
        owner = owner.EndsWith("Kernel", StringComparison.Ordinal) ? owner[..^"Kernel".Length] : owner;
        string own = owner.Length > 0 && method.Name.EndsWith("Apply", StringComparison.Ordinal) ? "" : method.Name;
        return string.Concat((owner + own).Where(char.IsAsciiLetterOrDigit));
    }

    private sealed class Body(FusedStructure structure, ILGenerator il, Type numbers, int numbersAt)
    {
        private readonly LocalBuilder _position = il.DeclareLocal(typeof(int));
        private readonly LocalBuilder?[] _walks = new LocalBuilder?[structure.Walks];
        private readonly LocalBuilder?[] _operands = new LocalBuilder?[structure.Operands.Length];
        private readonly LocalBuilder[] _results = new LocalBuilder[structure.Steps.Length];

        public void Emit()
        {
            var end = il.DefineLabel();
            Call(nameof(FusedCode.Position));
            il.Emit(OpCodes.Stloc, _position);
            il.Emit(OpCodes.Ldloc, _position);
            Number(Count);
            il.Emit(OpCodes.Bge, end);
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

            il.MarkLabel(end);
            il.Emit(OpCodes.Ret);
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
                Number(Constants(step));
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
            Number(Walk(walk));
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
}
