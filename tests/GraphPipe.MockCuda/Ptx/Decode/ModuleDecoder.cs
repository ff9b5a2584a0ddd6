using System.Buffers.Binary;
using GraphPipe.MockCuda.Ptx.Parse;

namespace GraphPipe.MockCuda.Ptx.Decode;

/// <summary>A parsed module, for one device: variables get their addresses, functions their steps, calls their targets.</summary>
internal static class ModuleDecoder
{
    /// <param name="allocate">Gives a global or constant variable room on the device, with its initial bytes: zeros, or what is given.</param>
    /// <exception cref="PtxException">A form that the mock does not model, or a name that nothing declares.</exception>
    public static ModuleCode Decode(ModuleSyntax syntax, Func<Variable, byte[], ulong> allocate)
    {
        var symbols = new Dictionary<string, Binding>();
        var globals = Globals(syntax, allocate, symbols);
        var initial = new List<(int, byte[])>();
        int shared = Shared(syntax, symbols, initial);
        var defined = syntax.Functions.Where(s => s.Body is not null).Select(s => s.Name).ToHashSet();
        SystemFunction systemFunction(string name) => defined.Contains(name) ? SystemFunction.None : name switch
        {
            "vprintf" => SystemFunction.Vprintf,
            "__assertfail" => SystemFunction.AssertFail,
            _ => SystemFunction.None,
        };
        var functions = syntax.Functions.Where(s => s.Body is not null)
            .ToDictionary(s => s.Name, s => new FunctionDecoder(s, symbols, systemFunction).Decode());
        Link(functions);
        return new ModuleCode { Functions = functions, SharedBytes = shared, SharedInitial = initial, Globals = globals };
    }

    private static Dictionary<string, (ulong, int)> Globals(
        ModuleSyntax syntax, Func<Variable, byte[], ulong> allocate, Dictionary<string, Binding> symbols)
    {
        var globals = new Dictionary<string, (ulong Address, int Bytes)>();
        foreach (var v in syntax.Variables.Where(v => v.Space is StateSpace.Global or StateSpace.Const))
        {
            if (v.External)
                throw new PtxException(0, $"external variable {v.Name}: linking is not modelled");
            byte[] bytes = new byte[v.Bytes];
            v.Initial?.CopyTo(bytes, 0);
            // Only variables above have addresses: PTX has no forward references (5.4.4 asks for a declaration).
            foreach (var (offset, symbol, addend) in v.Addresses)
            {
                ulong address = globals.TryGetValue(symbol, out var other)
                    ? other.Address + (ulong)addend
                    : throw new PtxException(0, $"initial value of {v.Name}: {symbol} is not declared above");
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), address);
            }
            ulong at = allocate(v, bytes);
            globals[v.Name] = (at, v.Bytes);
            symbols[v.Name] = new Binding.Symbol(v.Space, at, v.Bytes);
        }
        return globals;
    }

    /// <returns>Bytes of all shared variables; external arrays begin there, where the launch's dynamic part lies.</returns>
    private static int Shared(ModuleSyntax syntax, Dictionary<string, Binding> symbols, List<(int, byte[])> initial)
    {
        var inModule = syntax.Variables.Where(v => v.Space == StateSpace.Shared).Select(v => (v.Name, v));
        var inBodies = syntax.Functions.Where(s => s.Body is not null).SelectMany(s => s.Body!.OfType<VariableStatement>()
            .Where(v => v.Variable.Space is StateSpace.Shared)
            .Select(v => ($"{s.Name}.{v.Variable.Name}", v.Variable)));
        var all = inModule.Concat(inBodies).ToList();
        int at = 0;
        foreach (var (name, v) in all.Where(x => x.Item2.Bytes > 0))
        {
            at = (at + v.Align - 1) / v.Align * v.Align;
            symbols[name] = new Binding.Symbol(StateSpace.Shared, (ulong)at, v.Bytes);
            if (v.Initial is not null)
                initial.Add((at, v.Initial));
            at += v.Bytes;
        }
        at = (at + 15) & ~15;
        foreach (var (name, v) in all.Where(x => x.Item2.Bytes == 0))
            symbols[name] = new Binding.Symbol(StateSpace.Shared, (ulong)at, 0);
        return at;
    }

    private static void Link(Dictionary<string, FunctionCode> functions)
    {
        foreach (var step in functions.Values.SelectMany(f => f.Instructions))
        {
            if (step.Callee is not { System: SystemFunction.None } call)
                continue;
            if (!functions.TryGetValue(call.Name, out var code))
                throw new PtxException(step.Line, $"function {call.Name} has no body; linking is not modelled");
            if (code.FormalParams.Length != call.Arguments.Length || code.FormalResults.Length != call.Results.Length)
                throw new PtxException(step.Line, $"call of {call.Name} with the wrong number of arguments or results");
            call.Code = code;
        }
    }
}
