using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using Xunit;

namespace GraphPipe.Tests.Runtime;

/// <summary>
/// Time does not touch the numbers: whatever keeps actions and messages waiting, losses, gradients, parameters and optimizer states have the bits of
/// the undisturbed run, and no run hangs; nor where devices take what is ready.
/// </summary>
public class RandomDelayTests
{
    private const int Steps = 3;

    public static TheoryData<string, string, int, int> Pipelines
    {
        get
        {
            var data = new TheoryData<string, string, int, int>();
            foreach (string model in (string[])["mmt-small", "gpt-small", "dlrm-small"])
            {
                foreach (int devices in (int[])[2, 4])
                {
                    foreach (string schedule in (string[])["gpipe", "1f1b", "kfkb", "zb-h1", "chimera", "dualpipe"])
                        data.Add(model, schedule, devices, 1);
                    foreach (string schedule in (string[])["interleaved", "zb-v", "gis-h", "po-h", "po-f"])
                        data.Add(model, schedule, devices, 2);
                }
            }

            return data;
        }
    }

    /// <summary>Three seeds of a thousand; all with GRAPHPIPE_LONG=1.</summary>
    [Theory]
    [MemberData(nameof(Pipelines))]
    public void No_bit_changes_and_nothing_hangs(string model, string schedule, int devices, int perDevice)
    {
        int seeds = Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1" ? 1000 : 3;
        var built = ModelCatalog.Build(model);
        var bundle = ModelCompiler.Compile(OnnxModel.Parse(OnnxExport.Write(built.Module)), new CompileOptions
        {
            Loss = built.Loss,
            Freeze = built.Frozen,
            Mesh = DeviceMesh.Cpu(devices),
            Stages = devices * perDevice,
            Schedule = schedule,
            MiniBatch = 8,
            MicroBatch = MicroBatchChoice.Size(1),
            Optimizer = new OptimizerSettings("adamw", 0.003, 0, false, 0.01, 0.9, 0.999, 1e-8),
        }).Bundle;
        var expected = Train(bundle, built, null);
        for (int seed = 0; seed < seeds; seed++)
        {
            Assert.Equal(expected, Train(bundle, built, new RandomDelays(seed)));
            Assert.Equal(expected, Train(bundle, built, new RandomDelays(seed), Dispatch.Ready));
        }
    }

    // Every number of a short training by name, as its bits.
    private static List<(string Name, string Bits)> Train(StageBundle bundle, BuiltModel model, Interference? delays, Dispatch dispatch = Dispatch.Planned)
    {
        var weights = bundle.Stages.SelectMany(s => s.Weights).DistinctBy(w => w.Key).ToDictionary();
        using var executor = new PipelineExecutor(
            bundle.Plan, [.. bundle.Stages.Select(s => s.Program)], weights, [new CpuDeviceProvider(1)],
            new ExecutorOptions { Loss = bundle.Manifest.Loss, Interference = delays, Dispatch = dispatch });
        var numbers = new List<(string, string)>();
        var trained = executor.Parameters.Where(p => p.Role == ParameterRole.Trained).ToList();
        foreach (var batch in Dataset.Create(new SyntheticData(model).Draw(8 * Steps - 3, draw: 1), executor.Inputs, 8).Epoch(0))
        {
            // The last mini-batch is a short one.
            numbers.Add(("loss", BitConverter.DoubleToInt64Bits(executor.Step(batch).Loss).ToString("x")));
            numbers.AddRange(trained.Select(p => ($"gradient of {p.Name}", executor.GetGradient(p.Name).Hash)));
        }

        numbers.AddRange(trained.Select(p => (p.Name, executor.GetParameter(p.Name).Hash)));
        numbers.AddRange(trained.SelectMany(p => p.States.Select(s => ($"{s} of {p.Name}", executor.GetState(p.Name, s).Hash))));
        return numbers;
    }
}
