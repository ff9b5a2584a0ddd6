using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Bundle;
using GraphPipe.Tests.Planning;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>
/// Backwards in two parts, several stages on a device, and sums in any one order: the bits of one stage with whole backwards, which shares no code with
/// them beyond the kernels.
/// </summary>
public class SplitBackwardTests
{
    [Theory]
    [InlineData("0F0,0F1,0I0,0W0,0I1,0W1\n1F0,1I0,1W0,1F1,1I1,1W1\n")]
    [InlineData("0F0,0F1,0I0,0I1,0W0,0W1\n1F0,1F1,1I0,1I1,1W0,1W1\n")]
    [InlineData("0F0,0F1,0B0,0I1,0W1\n1F0,1I0,1W0,1F1,1B1\n")]
    [InlineData("0F0,0F1,0I1,0I0,0W1,0W0\n1F0,1F1,1B1,1B0\n")]
    [InlineData("0F0,2F0,0F1,2F1,2I0,2I1,2W0,2W1,0I0,0I1,0W0,0W1\n1F0,1F1,1I0,1I1,1W0,1W1\n")]
    [InlineData("0F0,3F0,0F1,3B0,3F1,3B1,0B0,0B1\n1F0,2F0,1F1,2F1,2B0,1B0,2B1,1B1\n")]
    public void A_table_has_the_bits_of_one_stage(string text)
    {
        foreach (var build in (Func<ModelBuilder>[])[() => VerifiedModels.Chain(4, 16), VerifiedModels.Branches])
        {
            foreach (var recompute in new[] { RecomputeChoice.Off, RecomputeChoice.All })
            {
                var result = VerifiedModels.Verify(build(), Options(text) with { Recompute = recompute });
                Assert.True(result.BitEqual, result.Difference);
                Assert.True(result.Passed);
            }
        }
    }

    [Fact]
    public void Any_table_on_any_model_has_the_bits_of_one_stage() => Gen.Select(Tables.Any, Gen.Int[0, 1_000_000], Gen.Bool).Sample(
        (text, seed, recompute) =>
        {
            var result = VerifiedModels.Verify(Random(seed), Options(text) with { Recompute = recompute ? RecomputeChoice.All : RecomputeChoice.Off });
            Assert.True(result.BitEqual, result.Difference);
            Assert.True(result.Passed);
        },
        iter: 25);

    [Fact]
    public void The_first_part_ends_with_what_others_wait_for()
    {
        var stages = Compile(VerifiedModels.Chain(4, 16), Options("0F0,0F1,0I0,0W0,0I1,0W1\n1F0,1I0,1W0,1F1,1I1,1W1\n2F0,2I0,2W0,2F1,2I1,2W1\n")).Bundle.Stages.Select(s => s.Program).ToList();
        // Nobody waits for the first stage: its first part only receives.
        Assert.Empty(stages[0].Function(FunctionKind.BackwardInput)!.Calls);
        foreach (var program in stages)
        {
            Assert.Null(program.Function(FunctionKind.Backward));
            Assert.Contains(program.Function(FunctionKind.BackwardWeight)!.Calls, c => c.Kernel == "train.Accumulate");
            Assert.DoesNotContain(program.Function(FunctionKind.BackwardInput)!.Calls, c => c.Kernel.StartsWith("train.", StringComparison.Ordinal));
        }

        // By hand for y = gelu(x·w + b): the gradient through gelu and x's are waited for; w's and b's are not.
        Assert.Equal(["grad.Gelu", "Gemm"], stages[1].Function(FunctionKind.BackwardInput)!.Calls.Select(c => c.Kernel).Distinct());
    }

    [Fact]
    public void What_only_one_part_reads_lives_no_longer()
    {
        // All first parts, then all second ones: what gelu's gradient reads is free for the next micro-batch, what w's gradient reads is not.
        var compiled = Compile(VerifiedModels.Chain(4, 16), Options("0F0,0I0,0F1,0I1,0W0,0W1\n1F0,1I0,1F1,1I1,1W0,1W1\n2F0,2I0,2F1,2I1,2W0,2W1\n"));
        var middle = compiled.Memory.Stages[1];
        Assert.Equal(1, middle.Ring(BufferLife.InputActivation).Slots);
        Assert.Equal(2, middle.Ring(BufferLife.Activation).Slots);
        Assert.Equal(2, middle.Ring(BufferLife.WeightEdge).Slots);
        var program = compiled.Bundle.Stages[1].Program;
        BufferLife LifeOf(FunctionKind function, string kernel, int operand) => program[program.Root(program.Function(function)!.Calls.First(c => c.Kernel == kernel).Inputs[operand])].Life;
        Assert.Equal(BufferLife.InputActivation, LifeOf(FunctionKind.BackwardInput, "grad.Gelu", 1));
        // Of w's gradient, xᵀ·dy: x came in with the forward, dy was made by the first part.
        Assert.Equal([BufferLife.Activation, BufferLife.WeightEdge], new[] { 0, 1 }.Select(i => LifeOf(FunctionKind.BackwardWeight, "Gemm", i)).Order());
    }

    [Fact]
    public void Memory_is_that_of_the_plan_for_all_stages_of_a_device()
    {
        var compiled = Compile(VerifiedModels.Branches(), Options("0F0,2F0,0F1,2F1,2I0,2I1,2W0,2W1,0I0,0I1,0W0,0W1\n1F0,3F0,3B0,1F1,3F1,3B1,1B0,1B1\n"));
        Assert.Equal([0, 1, 0, 1], compiled.Bundle.Plan.Stages.Select(s => s.Device.Value));
        Assert.Empty(PlanProof.Check(compiled.Bundle.Plan));
        using var session = new TrainingSession(compiled.Bundle, new DeviceOptions { ThreadsPerDevice = 1 });
        var data = new SyntheticSource(InputSpec.Of(compiled.Bundle.Stages.Select(s => s.Program)), 8, 2, seed: 5, SyntheticLimits.Of(compiled.Bundle, ModelHints.None));
        foreach (var batch in data.Epoch(0))
            session.Step(batch);
        Assert.All(session.Executor.Report(), d => Assert.Equal(d.PredictedPeak, d.MeasuredPeak));
        Assert.Equal(compiled.Memory.Devices.Select(d => d.Total), session.Executor.Report().Select(d => d.MeasuredPeak));
    }

    private static CompileOptions Options(string text)
    {
        var choice = Tables.Choice(text);
        int devices = text.TrimEnd('\n').Split('\n').Length;
        return VerifiedModels.Options(devices, 4) with { Stages = null, MicroBatch = MicroBatchChoice.Automatic, Schedule = choice, Partitioner = "uniform" };
    }

    private static CompiledPipeline Compile(ModelBuilder builder, CompileOptions options)
    {
        using var folder = new TemporaryFolder();
        return ModelCompiler.Compile(OnnxModel.Load(VerifiedModels.Save(builder, folder["m.onnx"])), options);
    }

    // Twelve ops on values that came before, any of them; what nobody reads is added up in the end.
    private static ModelBuilder Random(int seed)
    {
        var random = new Random(seed);
        var b = VerifiedModels.Builder();
        var tied = b.Parameter("tied", [8, 8], InitialWeights.ForInputs(8));
        var values = new List<ValueId> { b.Input("x", DType.F32, 8), b.Input("z", DType.F32, 8) };
        var unread = new HashSet<ValueId>(values);
        ValueId Take()
        {
            var value = values[Math.Max(random.Next(values.Count), random.Next(values.Count))];
            unread.Remove(value);
            return value;
        }

        for (int i = 0; i < 12; i++)
        {
            var value = random.Next(8) switch
            {
                0 => b.Linear($"fc{i}", Take(), 8),
                1 => b.MatMul(Take(), tied),
                2 => b.Gelu(Take()),
                3 => b.Add(Take(), Take()),
                // Of two free values, products of products leave the range of f32 within twelve ops.
                4 => b.Mul(Take(), b.Softmax(Take())),
                5 => b.LayerNorm($"norm{i}", Take()),
                6 => b.Softmax(Take()),
                _ => b.Reshape(b.Relu(b.Reshape(Take(), 2, 4)), 8),
            };
            values.Add(value);
            unread.Add(value);
        }

        b.Output("y", b.Linear("head", unread.Aggregate(b.MatMul(values[0], tied), b.Add), 4));
        return b;
    }
}
