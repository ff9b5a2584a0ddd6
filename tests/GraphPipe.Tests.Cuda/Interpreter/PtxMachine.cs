using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Ptx.Decode;
using GraphPipe.MockCuda.Ptx.Parse;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.Tests.Cuda.Interpreter;

/// <summary>One device's memory and a PTX module on it, without the driver around: for hand-written programs.</summary>
internal sealed unsafe class PtxMachine
{
    private readonly AddressSpace _space = new(1);

    public ReportLog Log { get; } = new();

    public StringBuilder Printed { get; } = new();

    public bool AllowExited { get; init; }

    public long InstructionLimit { get; init; } = 10_000_000;

    /// <summary>Memory with a value in it; of null elements nothing is written.</summary>
    public ulong Buffer<T>(params ReadOnlySpan<T> values) where T : unmanaged
    {
        var allocation = _space.Allocate(0, Math.Max(values.Length * sizeof(T), 1), "buffer");
        MemoryMarshal.AsBytes(values).CopyTo(new Span<byte>(allocation.Data, values.Length * sizeof(T)));
        new Span<byte>(allocation.ShadowBytes, values.Length * sizeof(T)).Fill((byte)Shadow.Written);
        return allocation.Start;
    }

    /// <summary>Memory that nothing has written.</summary>
    public ulong Unwritten(int bytes) => _space.Allocate(0, bytes, "buffer").Start;

    public void Free(ulong buffer) => _space.Free(_space.StartingAt(buffer)!);

    public T[] Read<T>(ulong buffer, int count) where T : unmanaged =>
        new Span<T>(_space.StartingAt(buffer)!.Data, count).ToArray();

    /// <summary>Runs the kernel "k" of a module; its parameters are 64-bit words.</summary>
    public KernelLaunch Run(string ptx, Extent grid, Extent block, int dynamicShared, params ulong[] arguments)
    {
        var module = ModuleDecoder.Decode(Parser.Read(ptx), (v, bytes) => Buffer<byte>(bytes));
        var view = new GlobalView(_space, 0, _ => false, Log);
        var settings = new LaunchSettings(InstructionLimit, AllowExited, 1, 8, s => Printed.Append(s));
        var launch = new KernelLaunch(
            module, module.Functions["k"], grid, block, dynamicShared, MemoryMarshal.AsBytes<ulong>(arguments).ToArray(), view, Log, settings);
        try
        {
            launch.Run();
        }
        catch (KernelFaultException e)
        {
            Log.Add(e.Report);
        }
        return launch;
    }

    public KernelLaunch Run(string ptx, uint threads, params ulong[] arguments) =>
        Run(ptx, new Extent(1, 1, 1), new Extent(threads, 1, 1), 0, arguments);

    /// <summary>A module with one kernel "k" of so many 64-bit parameters p0, p1, ..., loaded into %rd0, %rd1, ...; %r0 is the thread's
    /// index, and %rd9 its index times 8.</summary>
    public static string Kernel(int parameters, string body, string before = "") => $$"""
        .version 7.0
        .target sm_80
        .address_size 64
        {{before}}
        .visible .entry k({{string.Join(", ", Enumerable.Range(0, parameters).Select(p => $".param .u64 p{p}"))}})
        {
            .reg .pred %p<20>;
            .reg .b16 %rs<20>, %h<20>;
            .reg .b32 %r<30>;
            .reg .f32 %f<20>;
            .reg .b64 %rd<30>;
            .reg .f64 %d<20>;
        {{string.Join("\n", Enumerable.Range(0, parameters).Select(p => $"    ld.param.u64 %rd{p}, [p{p}];"))}}
            mov.u32 %r0, %tid.x;
            mul.wide.u32 %rd9, %r0, 8;
        {{body}}
        }
        """;

    /// <summary>One value through one instruction: operands of 64-bit slots in, a 64-bit slot out.</summary>
    /// <param name="instruction">With $d for the result and $a, $b, $c, $e for operands, e.g. "add.s32 $d, $a, $b;".</param>
    public static ulong Evaluate(string instruction, string result, params (string Type, ulong Bits)[] operands)
    {
        var machine = new PtxMachine();
        var body = new StringBuilder();
        string[] names = ["$a", "$b", "$c", "$e"];
        for (int k = 0; k < operands.Length; k++)
        {
            body.AppendLine(CultureInfo.InvariantCulture, $".reg .{Storage(operands[k].Type)} %in{k}_;");
            body.AppendLine(CultureInfo.InvariantCulture, $"ld.global.{Memory(operands[k].Type)} %in{k}_, [%rd1+{8 * k}];");
            instruction = instruction.Replace(names[k], $"%in{k}_");
        }
        body.AppendLine(CultureInfo.InvariantCulture, $".reg .{Storage(result)} %out_;");
        body.AppendLine(instruction.Replace("$d", "%out_"));
        body.AppendLine(CultureInfo.InvariantCulture, $"st.global.{Memory(result)} [%rd0], %out_;");
        ulong output = machine.Buffer(0ul), input = machine.Buffer<ulong>([.. operands.Select(o => o.Bits)]);
        machine.Run(Kernel(2, body.ToString()), 1, output, input);
        Assert.Empty(machine.Log.All);
        return machine.Read<ulong>(output, 1)[0];
    }

    private static string Storage(string type) => type switch
    {
        "s8" or "u8" or "b8" or "f16" or "bf16" => "b16",
        "f16x2" or "bf16x2" => "b32",
        _ => type,
    };

    private static string Memory(string type) => type switch
    {
        "f16" or "bf16" => "b16",
        "f16x2" or "bf16x2" => "b32",
        _ => type,
    };
}
