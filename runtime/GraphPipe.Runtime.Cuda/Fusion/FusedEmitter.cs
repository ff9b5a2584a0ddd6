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
/// For the sum of squares, by a group of threads for each:
/// <code>
/// int i = GroupPosition(), start = At(n.Kept, i);
/// double fold = Identity();
/// for (int k = ThreadPosition(); k &lt; Count(n.Folded); k += 128)
/// {
///     int at = start + At(n.Folded, k);
///     float o0 = Load(x, at);
///     float s0 = Mul(o0, o0);
///     fold = Join(fold, s0);
/// }
/// fold = JoinGroup(fold);
/// if (ThreadPosition() != 0) return;
/// Store(y, i, Finish(fold, n.Folded));
/// </code>
/// </summary>
internal sealed class FusedEmitter
{
    /// <summary>The number of elements, where nothing is folded.</summary>
    public const string Count = nameof(Count);

    /// <summary>The walk over the results of a fold: where the elements of each begin.</summary>
    public const string Kept = nameof(Kept);

    /// <summary>The walk over what is folded to one.</summary>
    public const string Folded = nameof(Folded);

    // Functions that a kernel's name tells.
    private const int MostNamed = 6;

    private readonly ModuleBuilder _module =
        AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("GraphPipe.Fused"), AssemblyBuilderAccess.RunAndCollect).DefineDynamicModule("fused");
    private readonly Dictionary<FusedStructure, KernelSource> _emitted = [];
    private readonly Dictionary<string, int> _named = [];

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

    /// <summary>A walk of spread operands.</summary>
    public static string Walk(int walk) => $"Walk{walk}";

    /// <summary>What a step takes beside its arguments.</summary>
    public static string Constants(int step) => $"Constants{step}";

    // Elementwise.Add, Elementwise2.Add for another structure of that name: each is the only method of its class, and the namespace makes the class's name unique.
    private MethodInfo EmitNow(FusedStructure structure)
    {
        string name = NameOf(structure);
        int number = _named[name] = _named.GetValueOrDefault(name) + 1;
        string suffix = number > 1 ? $"{number}" : "";
        var numbers = EmitNumbers(structure, $"{name}.Numbers{suffix}");
        string kind = (structure.Steps.Length, structure.Fold) switch { (0, _) => "Reduction", (1, null) => "Elementwise", _ => "Fused" };
        var type = _module.DefineType($"{name}.{kind}{suffix}", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        IEnumerable<Type> results = structure.Steps.Where(s => s.IsStored).Select(s => s.Method.ReturnType).Concat(structure.Fold is null ? [] : [typeof(float)]);
        Type[] parameters = [.. structure.Operands.Select(o => o.Element).Concat(results).Select(t => typeof(ArrayView<>).MakeGenericType(t)), numbers];
        var method = type.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static, typeof(void), parameters);
        new FusedBody(structure, method.GetILGenerator(), numbers, parameters.Length - 1).Emit();
        return type.CreateType().GetMethod(name)!;
    }

    // Fields of 4 bytes alone, so they lie without gaps.
    private Type EmitNumbers(FusedStructure structure, string name)
    {
        const TypeAttributes attributes = TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.SequentialLayout;
        var type = _module.DefineType(name, attributes, typeof(ValueType));
        if (structure.Fold is null)
            type.DefineField(Count, typeof(int), FieldAttributes.Public);
        foreach (string walk in structure.Fold is null ? (string[])[] : [Kept, Folded])
            type.DefineField(walk, typeof(StridedMap), FieldAttributes.Public);
        for (int walk = 0; walk < structure.Walks; walk++)
            type.DefineField(Walk(walk), typeof(StridedMap), FieldAttributes.Public);
        for (int step = 0; step < structure.Steps.Length; step++)
        {
            if (structure.Steps[step].HasConstants)
                type.DefineField(Constants(step), typeof(OpConstants), FieldAttributes.Public);
        }

        return type.CreateType();
    }

    private static string NameOf(FusedStructure structure)
    {
        List<string> parts = [.. structure.Steps.Take(MostNamed).Select(s => NameOf(s.Method))];
        if (structure.Steps.Length > MostNamed)
            parts.Add($"and_{structure.Steps.Length - MostNamed}");
        if (structure.Fold is { } fold)
            parts.Add(OwnerOf(fold.Reduction));
        return string.Join('_', parts);
    }

    // OfTwoFloats<Add>.Apply: Add; OfFloat<Tanh>.Gradient: TanhGradient; CastKernel.Op.Apply: Cast; ElementwiseCode.Select: Select.
    private static string NameOf(MethodInfo method)
    {
        string owner = OwnerOf(method.DeclaringType!);
        string own = owner.Length > 0 && method.Name.EndsWith("Apply", StringComparison.Ordinal) ? "" : method.Name;
        return string.Concat((owner + own).Where(char.IsAsciiLetterOrDigit));
    }

    // OfTwoFloats<Add>: Add; ReduceMeanKernel.Op: ReduceMean.
    private static string OwnerOf(Type op)
    {
        string owner = op is { IsGenericType: true, IsNested: false } ? op.GetGenericArguments()[0].Name : op.DeclaringType?.Name ?? "";
        return owner.EndsWith("Kernel", StringComparison.Ordinal) ? owner[..^"Kernel".Length] : owner;
    }
}
