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
    public void A_reduction_behind_the_calls_may_run_with_them()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x"), sum = Value(b, "sum"), y = Value(b, "y"), rows = Rows(b);
        Call(b, "Add", sum, x, x);
        Call(b, "Tanh", y, sum);
        Reduce(b, y, rows);
        b.Outputs.Add(new OutputDecl("rows", rows));
        var fused = Assert.Single(Groups(b));
        Assert.Equal([0, 1], fused.Calls);
        Assert.Equal([sum], fused.Inner);
        Assert.Equal([0, 1, 2], fused.WithReduction!.Calls);
        Assert.True(fused.WithReduction.Inner.SetEquals([sum, y]));
        Assert.Null(fused.WithReduction.WithReduction);
        var call = fused.WithReduction.Describe(b.Build().Functions[0]);
        Assert.Equal("Add + Tanh + ReduceSum", call.Kernel);
        Assert.Equal([x, x, sum, y], call.Inputs);
        Assert.Equal([sum, y, rows], call.Outputs);
    }

    [Fact]
    public void One_call_and_a_reduction_are_enough_with_a_view_between_them()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x"), square = Value(b, "square");
        Call(b, "Mul", square, x, x);
        Reduce(b, b.Alias(square, "[129,281]"), b.Buffer("columns", "[129,1]", BufferLife.Temporary));
        var fused = Assert.Single(Groups(b));
        Assert.Equal([0], fused.Calls);
        Assert.Empty(fused.Inner);
        Assert.Equal([0, 1], fused.WithReduction!.Calls);
        Assert.Equal([square], fused.WithReduction.Inner);
    }

    [Fact]
    public void A_second_reduction_of_a_result_reads_memory()
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x"), square = Value(b, "square");
        Call(b, "Mul", square, x, x);
        Reduce(b, square, Rows(b));
        Reduce(b, square, Rows(b));
        var fused = Assert.Single(Groups(b));
        Assert.Equal([0, 1], fused.WithReduction!.Calls);
        Assert.Empty(fused.WithReduction.Inner);
    }

    [Theory]
    [InlineData("a part of it is folded")]
    [InlineData("the result lies where an operand does")]
    [InlineData("the result lies where a result does")]
    [InlineData("a call before it changes an operand")]
    [InlineData("a call before it reads a result")]
    [InlineData("there are two operands")]
    [InlineData("it is no reduction")]
    [InlineData("")]
    public void A_reduction_does_not_run_with_the_calls_where(string what)
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x", BufferLife.Persistent), sum = Value(b, "sum"), y = Value(b, "y");
        Call(b, "Add", sum, x, x);
        Call(b, "Tanh", y, sum);
        if (what == "a call before it changes an operand")
            b.Call(Forward, "train.Accumulate", [x, y], [x]);
        if (what == "a call before it reads a result")
            b.Call(Forward, "Transpose", [sum], [Value(b, "turned")]);
        var operand = what == "a part of it is folded" ? b.Alias(y, "[281,1]") : y;
        var result = what switch
        {
            "the result lies where an operand does" => b.Alias(x, "[281,1]"),
            "the result lies where a result does" => b.Alias(y, "[281,1]"),
            _ => Rows(b),
        };
        b.Call(Forward, "ReduceSum", what == "there are two operands" ? [operand, x] : [operand], [result], isReduction: what != "it is no reduction");
        var fused = Assert.Single(Groups(b));
        Assert.Equal([0, 1], fused.Calls);
        Assert.Equal(what.Length == 0, fused.WithReduction is not null);
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(15, false)]
    public void A_reduction_so_far_behind_the_first_call_is_too_far(int between, bool isTaken)
    {
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId x = Value(b, "x", BufferLife.Persistent), square = Value(b, "square");
        Call(b, "Mul", square, x, x);
        for (int i = 0; i < between; i++)
            b.Call(Forward, "Transpose", [x], [Value(b, $"turned{i}")]);
        Reduce(b, square, Rows(b));
        Assert.Equal(isTaken ? 1 : 0, Groups(b).Count);
    }

    [Fact]
    public void What_they_read_stays_until_the_reduction_behind_them()
    {
        // Without that 'copy' and the reduction's result would lie where x lies, which a reduction that makes its elements still reads.
        var b = new ProgramBuilder(new StageId(0), "s");
        BufferId w = Value(b, "w", BufferLife.Persistent), x = Value(b, "x"), square = Value(b, "square"), copy = Value(b, "copy"), rows = Rows(b);
        b.Call(Forward, "Transpose", [w], [x]);
        Call(b, "Mul", square, x, x);
        b.Call(Forward, "Transpose", [w], [copy]);
        Reduce(b, square, rows);
        b.Call(Forward, "Add", [rows, copy], [Value(b, "y")]);
        var program = b.Build();
        var memory = MemoryPlan.Compute(TestPlans.Lower([[new Work(ActionKind.Forward, 0, 0)]], [], 1, [1]), [program]).Stages[0][Forward];
        Assert.All([(x, copy), (square, copy), (x, rows), (square, rows), (copy, rows)], pair => Assert.True(AreApart(pair.Item1, pair.Item2), $"{program[pair.Item1].Name}, {program[pair.Item2].Name}"));

        bool AreApart(BufferId one, BufferId other) =>
            memory.OffsetOf(one) >= memory.OffsetOf(other) + program[other].Size(1).Value || memory.OffsetOf(other) >= memory.OffsetOf(one) + program[one].Size(1).Value;
    }

    /// <summary>What reads its elements twice, or tells where one lies, is no reduction that could make them.</summary>
    [Fact]
    public void Reductions_say_that_they_are()
    {
        var kernels = new KernelRegistry<CpuKernel>(typeof(CpuKernel).Assembly);
        Assert.Equal(
            ElementwisePrograms.Reductions.Order(StringComparer.Ordinal),
            kernels.Ops.Where(op => OperatorRegistry.Standard.Describe(OperatorName.Parse(op)).IsReduction).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Random_programs_give_the_bits_of_single_calls() => Program.Sample(
        steps =>
        {
            var (program, weights) = Build(steps, isFused: true);
            var (single, _) = Build(steps, isFused: false);
            Assert.Empty(FusedCalls.Of(single, single.Functions[0]));
            foreach (int threads in new[] { 1, 2 })
            {
                foreach (var (expected, actual) in Run(single, weights, threads).Zip(Run(program, weights, threads)))
                    Assert.True(expected.Bytes.Span.SequenceEqual(actual.Bytes.Span));
            }
        },
        iter: 60);

    [Fact]
    public void Random_programs_do_have_fused_calls_and_reductions_behind_them()
    {
        int fused = 0, folded = 0;
        Program.Sample(
            steps =>
            {
                var program = Build(steps, isFused: true).Program;
                var groups = FusedCalls.Of(program, program.Functions[0]);
                Interlocked.Add(ref fused, groups.Where(g => g.Calls.Length > 1).Sum(g => g.Calls.Length));
                Interlocked.Add(ref folded, groups.Count(g => g.WithReduction is not null));
            },
            iter: 60);
        Assert.InRange(fused, 60, int.MaxValue);
        Assert.InRange(folded, 20, int.MaxValue);
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

    private static (StageProgram Program, Dictionary<string, TensorData> Weights) Build(ElementwiseStep[] steps, bool isFused) =>
        ElementwisePrograms.Build(steps, isFused, rows: 281, columns: 129);

    private static List<TensorData> Run(StageProgram program, Dictionary<string, TensorData> weights, int threads) =>
        ElementwisePrograms.Run(program, weights, new CpuDeviceProvider(threads), new DeviceName("cpu", 0));

    private static IReadOnlyList<FusedCalls> Groups(ProgramBuilder builder)
    {
        var program = builder.Build();
        return FusedCalls.Of(program, program.Functions[0]);
    }

    private static BufferId Value(ProgramBuilder builder, string name, BufferLife life = BufferLife.Temporary) => builder.Buffer(name, Full, life);

    private static BufferId Rows(ProgramBuilder builder) => builder.Buffer("rows", "[281,1]", BufferLife.Temporary);

    private static void Reduce(ProgramBuilder builder, BufferId operand, BufferId result) =>
        builder.Call(Forward, "ReduceSum", [operand], [result], Attributes.Empty.With("axes", new AttributeValue.Ints([1])), isReduction: true);

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
