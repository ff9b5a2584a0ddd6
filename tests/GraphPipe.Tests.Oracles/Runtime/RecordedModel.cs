using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Oracles.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>A model of shared/data with its recorded mini-batch, and the ways these tests compile it.</summary>
internal sealed class RecordedModel
{
    private static readonly string[] Names =
    [
        .. new[] { "bert_tiny", "candle_uno_small", "dlrm_small", "gpt_tied_tiny", "mmt_small", "resnet_gn_small" }.Select(n => $"torch-reference/{n}"),
        .. new[] { "00", "02", "05", "07", "10", "12", "15", "17", "20", "22", "25", "27", "30", "32", "35", "37" }.Select(n => $"random-models/rm_{n}"),
    ];

    private RecordedModel(string folder)
    {
        Reference = ReferenceFolder.Read(folder);
        File = System.IO.File.ReadAllBytes(Reference.ModelPath);
        Model = OnnxModel.Load(Reference.ModelPath);
    }

    public static TheoryData<string> All => [.. Names];

    public static TheoryData<string, int> AllAtOneAndFourStages
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string name in Names)
            {
                data.Add(name, 1);
                data.Add(name, 4);
            }

            return data;
        }
    }

    public ReferenceFolder Reference { get; }

    public byte[] File { get; }

    public OnnxModel Model { get; }

    /// <summary>Skips the test where the data is missing.</summary>
    public static RecordedModel Open(string name)
    {
        string[] parts = name.Split('/');
        string folder = Path.Combine(Data.Folder(parts[0]), parts[1]);
        Assert.SkipUnless(Directory.Exists(folder), $"shared/data/{name} is not beside the checkout");
        return new RecordedModel(folder);
    }

    /// <summary>Four micro-batches, the recorded loss and SGD with the recorded settings.</summary>
    public CompileOptions Options(int stages) => new()
    {
        Loss = Reference.Loss,
        LossOutput = Reference.Output,
        Target = Reference.Target,
        MiniBatch = Reference.Batch,
        Freeze = Reference.Frozen,
        Optimizer = Reference.Runs[0].Settings,
        Mesh = DeviceMesh.Cpu(stages),
        Stages = stages,
        MicroBatch = MicroBatchChoice.Of(4),
    };

    /// <summary>As <see cref="Options"/>, each stage on as many devices.</summary>
    public CompileOptions Replicated(int stages, int replicas, OptimizerSettings optimizer, bool shardOptimizer = false)
    {
        var options = Options(stages) with { Mesh = DeviceMesh.Cpu(stages * replicas), MicroBatch = MicroBatchChoice.Of(2), Optimizer = optimizer, ShardOptimizer = shardOptimizer };
        var compiler = new ModelCompiler(Model, options);
        var costs = compiler.ToCosts(compiler.ToGraph());
        var plan = compiler.ToPlan(costs);
        var place = costs.Graph.Nodes.Select((n, i) => (n.Id, i)).ToDictionary(p => p.Id, p => new CostNodeId(p.i));
        var choices = plan.Stages.Select((s, i) => new StageChoice(
            [.. s.Nodes.Select(n => place[n])], [.. Enumerable.Range(i * replicas, replicas).Select(d => new DeviceId(d))], s.MicroBatch));
        var replicated = Objective.Evaluate(compiler.ToRequest(costs), [.. choices], plan.Pipeline, plan.Partitioner, ScheduleTable.Find(plan.Schedule, new DiagnosticBag())!);
        return options with { Stages = null, Plan = replicated };
    }

    public StageBundle Compile(int stages) => ModelCompiler.Compile(Model, Options(stages)).Bundle;

    /// <summary>The first samples of the recorded mini-batch.</summary>
    public MiniBatch Batch(long samples) =>
        new(samples, Reference.Inputs.Select(i => KeyValuePair.Create(i, First(Reference.Tensors[$"input.{i}"], samples))).Append(KeyValuePair.Create(Reference.Target, First(Reference.Tensors["target"], samples))));

    public Dictionary<string, TensorData> Inputs(long samples) => Reference.Inputs.ToDictionary(i => i, i => First(Reference.Tensors[$"input.{i}"], samples));

    /// <summary>What ONNX Runtime makes of a file, by the names of the outputs.</summary>
    public Dictionary<string, TensorData> Expected(byte[] file, long samples) =>
        OnnxModel.ParseProto(file, "model.onnx").Graph.Output.Select(o => o.Name).Zip(OrtRunner.Run(file, Inputs(samples))).ToDictionary(p => p.First, p => p.Second);

    private static TensorData First(TensorData data, long samples) =>
        new(data.Type, data.Shape.SetItem(0, samples), data.Bytes[..(int)(data.Bytes.Length / data.Shape[0] * samples)]);
}
