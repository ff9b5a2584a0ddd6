using System.Collections;
using System.Reflection;
using GraphPipe.MockCuda.Ptx.Parse;
using GraphPipe.Tests.Cuda.Interpreter;

namespace GraphPipe.Tests.Cuda.EndToEnd;

/// <summary>Every form in ILGPU's own instruction tables decodes: the tables are read from its assembly, so a new version that emits more
/// shows here.</summary>
public class InstructionTableTests
{
    /// <summary>In ILGPU's tables for pointers of 32 bits, which CUDA has no more; ptxas refuses it too: an integer product needs .lo.</summary>
    private static readonly string[] NotPtx = ["mul.u32"];

    [Fact]
    public void All_forms_of_ilgpu_decode()
    {
        var forms = Forms().Where(f => f.Contains('.') && !f.StartsWith('.') && !NotPtx.Contains(f)).ToList();
        Assert.True(forms.Count > 300, $"{forms.Count} forms found");
        var refused = new List<string>();
        foreach (string form in forms)
        {
            if (Statement(form) is not { } statement)
                continue;
            try
            {
                new PtxMachine().Run(PtxMachine.Kernel(1, "bra END;\n" + statement + "\nL0: L1: END: ret;"), 1, 0);
            }
            catch (PtxException e)
            {
                refused.Add($"{statement}: {e.Message}");
            }
        }
        Assert.Empty(refused);
    }

    private static SortedSet<string> Forms()
    {
        var type = typeof(ILGPU.Context).Assembly.GetType("ILGPU.Backends.PTX.PTXInstructions", throwOnError: true)!;
        var forms = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            Collect(field.IsLiteral ? field.GetRawConstantValue() : field.GetValue(null), forms);
        return forms;
    }

    private static void Collect(object? item, SortedSet<string> forms)
    {
        switch (item)
        {
            case string text:
                forms.Add(text);
                break;
            case IDictionary dictionary:
                Collect(dictionary.Values, forms);
                break;
            case IEnumerable sequence:
                foreach (object? part in sequence)
                    Collect(part, forms);
                break;
            case { } tuple when tuple.GetType().IsGenericType:
                foreach (var field in tuple.GetType().GetFields())
                    Collect(field.GetValue(tuple), forms);
                break;
        }
    }

    /// <summary>A statement with operands that suit the form; null for prefixes that ILGPU completes with a space and a type, whose
    /// completions stand here with their opcode.</summary>
    private static string? Statement(string form)
    {
        string[] parts = form.Split('.');
        string last = parts[^1];
        string r = Register(last);
        string source = parts[0] == "cvt" ? Register(parts[^1]) : r;
        switch (parts[0])
        {
            case "ld" or "st":
                return parts[0] == "ld" ? $"{form}.u64 %rd1, [p0];" : null;
            case "atom" or "red":
                string type = parts[1] is "cas" or "exch" or "and" or "or" or "xor" ? "b32" : "u32";
                string value = parts[1] == "cas" ? "%r2, %r3" : "%r2";
                return parts[0] == "atom" ? $"{form}.global.{type} %r1, [%rd0], {value};" : $"{form}.global.{type} [%rd0], {value};";
            case "bra":
                return $"{form} L0;";
            case "brx":
                return $"T: .branchtargets L0, L1;\n{form} %r1, T;";
            case "call":
                return null;
            case "ret" or "membar":
                return $"{form};";
            case "cvta":
                return $"{form}.shared.u64 %rd2, %rd3;";
            case "cvt":
                return $"{form} {Register(parts[^2])}, {source};";
            case "bar":
                return parts[1] switch
                {
                    "warp" => $"{form} 0xffffffff;",
                    "sync" => $"{form} 0;",
                    _ => $"{form} {(last == "pred" ? "%p1" : "%r1")}, 0, %p2;",
                };
            case "shfl":
                return $"{form} %r1, %r2, 1, 31, 0xffffffff;";
            case "setp":
                return parts.Length > 3 ? $"{form} %p1, {r}, {r}, %p2;" : $"{form} %p1, {r}, {r};";
            case "testp":
                return $"{form} %p1, {r};";
            case "selp":
                return $"{form} {r}, {r}, {r}, %p1;";
            case "mad" or "fma":
                return $"{form} {r}, {r}, {r}, {r};";
            case "mul" when parts[1] == "wide":
                return $"{form} %rd1, %r1, %r2;";
            case "popc" or "clz":
                return $"{form} %r1, {r};";
            case "shl" or "shr":
                return $"{form} {r}, {r}, %r1;";
            case "add" or "sub" or "mul" or "div" or "rem" or "min" or "max" or "and" or "or" or "xor" or "copysign":
                return $"{form} {r}, {r}, {r};";
            default:
                return $"{form} {r}, {r};";
        }
    }

    private static string Register(string type) => type switch
    {
        "pred" => "%p3",
        "f32" => "%f1",
        "f64" => "%d1",
        "f16" => "%h1",
        _ when type.EndsWith("64", StringComparison.Ordinal) => "%rd2",
        _ when type.EndsWith("32", StringComparison.Ordinal) => "%r1",
        _ => "%rs1",
    };
}
