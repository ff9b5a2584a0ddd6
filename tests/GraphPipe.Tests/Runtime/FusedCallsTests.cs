using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>Which elementwise calls run as one, and that it changes no bit.</summary>
public sealed class FusedCallsTests
{
    // Two grains and a part of a block, so that threads, blocks and tails all have their turn.
    private const string Full = "[281,129]";

    private const FunctionKind Forward = FunctionKind.Forward;

    [Fact]
    public void A_chain_runs_as_one_and_what_only_it_reads_is_inner()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x"), sum = Value(b, "sum"), kept = Value(b, "kept", BufferLife.Activation), y = Value(b, "y");
        Call(b, "Add", sum, x, x);
        Call(b, "Tanh", kept, sum);
        Call(b, "Mul", y, kept, x);
        b.Outputs.Add(new OutputDecl("y", y));
        var fused = Assert.Single(Groups(b));
        Assert.Equal([0, 1, 2], fused.Calls);
        Assert.Equal([sum], fused.Inner);
    }

    [Fact]
    public void A_call_in_between_that_reads_a_result_ends_the_group()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x"), sum = Value(b, "sum"), rows = b.Buffer("rows", "[281,1]", BufferLife.Temporary), a = Value(b, "a"), y = Value(b, "y");
        Call(b, "Add", sum, x, x);
        b.Call(Forward, "ReduceSum", [sum], [rows], Attributes.Empty.With("axes", new AttributeValue.Ints([1])));
        Call(b, "Mul", a, sum, rows);
        Call(b, "Tanh", y, a);
        Assert.Equal([2, 3], Assert.Single(Groups(b)).Calls);
    }

    [Fact]
    public void A_call_in_between_that_changes_an_operand_ends_the_group()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x", BufferLife.Persistent), sum = Value(b, "sum"), y = Value(b, "y");
        Call(b, "Add", sum, x, x);
        b.Call(Forward, "train.Accumulate", [x, x], [x]);
        Call(b, "Tanh", y, sum);
        Assert.Empty(Groups(b));
    }

    [Fact]
    public void Results_of_another_size_do_not_join()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId row = b.Buffer("row", "[129]", BufferLife.Temporary), root = b.Buffer("root", "[129]", BufferLife.Temporary), y = Value(b, "y"), x = Value(b, "x");
        Call(b, "Sqrt", root, row);
        Call(b, "Mul", y, x, root);
        Assert.Empty(Groups(b));
    }

    [Fact]
    public void What_they_read_stays_until_the_last_of_them()
    {
        // Without that, 'copy' would lie where x lies, which the fused call still reads.
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId w = Value(b, "w", BufferLife.Persistent), x = Value(b, "x"), sum = Value(b, "sum"), copy = Value(b, "copy"), y = Value(b, "y");
        b.Call(Forward, "Transpose", [w], [x]);
        Call(b, "Add", sum, x, w);
        b.Call(Forward, "Transpose", [w], [copy]);
        Call(b, "Mul", y, sum, w);
        b.Call(Forward, "ReduceSum", [copy], [b.Buffer("all", "[1,1]", BufferLife.Temporary)]);
        Assert.Equal([1, 3], Assert.Single(Groups(b)).Calls);
        var program = b.Build();
        var memory = MemoryPlan.Compute(TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]), [program]).Stages[0][Forward];
        Assert.NotEqual(memory.OffsetOf(x), memory.OffsetOf(copy));
    }

    [Fact]
    public void Random_programs_give_the_bits_of_single_calls() => Program.Sample(
        steps =>
        {
            var (program, weights) = Build(steps, isElementwise: true);
            var (single, _) = Build(steps, isElementwise: false);
            Assert.Empty(FusedCalls.Of(single, single.Functions[0]));
            foreach (int threads in new[] { 1, 2 })
            {
                foreach (var (expected, actual) in Run(single, weights, threads).Zip(Run(program, weights, threads)))
                    Assert.True(expected.Bytes.Span.SequenceEqual(actual.Bytes.Span));
            }
        },
        iter: 60);

    [Fact]
    public void Random_programs_do_have_fused_calls()
    {
        int fused = 0;
        Program.Sample(steps => Interlocked.Add(ref fused, Build(steps, isElementwise: true).Program is var p ? FusedCalls.Of(p, p.Functions[0]).Sum(g => g.Calls.Length) : 0), iter: 60);
        Assert.InRange(fused, 60, int.MaxValue);
    }

    [Fact]
    public void Every_elementwise_op_is_one_on_the_cpu()
    {
        var kernels = new KernelRegistry<CpuKernel>(typeof(CpuKernel).Assembly);
        foreach (string op in kernels.Ops.Where(op => OperatorRegistry.Standard.Describe(OperatorName.Parse(op)).IsElementwise))
        {
            bool bound = false;
            foreach (var type in new[] { DType.F32, DType.Bool })
            {
                for (int operands = 1; operands <= 3 && !bound; operands++)
                {
                    foreach (var result in new[] { type, DType.Bool })
                        bound |= Bind(kernels.Find(op)!, op, operands, type, result) is ElementwiseCall;
                }
            }

            Assert.True(bound, $"{op} is elementwise, but its kernel makes no parts");
        }
    }

    private static readonly Gen<ElementwiseStep[]> Program =
        Gen.Select(Gen.OneOf(ElementwisePrograms.Ops), Gen.Int[0, 99], Gen.Int[0, 99], Gen.Bool, (op, a, b, kept) => new ElementwiseStep(op, a, b, kept)).Array[2, 14];

    private static (StageProgram Program, Dictionary<string, TensorData> Weights) Build(ElementwiseStep[] steps, bool isElementwise) =>
        ElementwisePrograms.Build(steps, isElementwise, rows: 281, columns: 129);

    private static List<TensorData> Run(StageProgram program, Dictionary<string, TensorData> weights, int threads) =>
        ElementwisePrograms.Run(program, weights, new CpuDeviceProvider(threads), new DeviceName("cpu", 0));

    private static IReadOnlyList<FusedCalls> Groups(ProgramBuilder builder)
    {
        var program = builder.Build();
        return FusedCalls.Of(program, program.Functions[0]);
    }

    private static BufferId Value(ProgramBuilder builder, string name, BufferLife life = BufferLife.Temporary) => builder.Buffer(name, Full, life);

    private static void Call(ProgramBuilder builder, string op, BufferId result, params BufferId[] operands) =>
        builder.Call(Forward, op, operands, [result], isElementwise: true);

    private static CpuCall? Bind(CpuKernel kernel, string op, int operands, DType type, DType result)
    {
        var operand = new OperandType(type, [2, 3]);
        // Of floats Mod has one form alone.
        var call = new KernelCall(op, [], [], Attributes.Empty.With("fmod", new AttributeValue.Int(1)), Dim.Zero, []);
        // Where chooses by a bool.
        var first = op == "Where" ? new OperandType(DType.Bool, [2, 3]) : operand;
        var binding = new KernelBinding(call, [.. Enumerable.Range(0, operands).Select(i => i == 0 ? first : operand)], [new OperandType(result, [2, 3])], default);
        try
        {
            return kernel.Bind(binding);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Not with so many operands.
            return null;
        }
    }
}
