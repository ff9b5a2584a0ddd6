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
    public const string LongVariable = "GRAPHPIPE_LONG_TESTS";

    // One of each kind: attention and tied weights, towers, convolutions, frozen branches, per-token loss, unused outputs.
    private static readonly string[] Short = ["torch-reference/gpt_tied_tiny", "torch-reference/mmt_small", "torch-reference/resnet_gn_small", "torch-reference/dlrm_small", "random-models/rm_00", "random-models/rm_07", "random-models/rm_15", "random-models/rm_37"];

    private static readonly string[] Others =
    [
        "torch-reference/bert_tiny", "torch-reference/candle_uno_small",
        .. new[] { "02", "05", "10", "12", "17", "20", "22", "25", "27", "30", "32", "35" }.Select(n => $"random-models/rm_{n}"),
    ];

    private RecordedModel(string folder)
    {
        Reference = ReferenceFolder.Read(folder);
        File = System.IO.File.ReadAllBytes(Reference.ModelPath);
        Model = OnnxModel.Load(Reference.ModelPath);
    }

    public static TheoryData<string> All => [.. Short, .. Others];

    public static TheoryData<string, int> AllAtOneAndFourStages
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string name in Short.Concat(Others))
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

    /// <summary>Skips the test where the data is missing, and for the larger part of the models where long tests are not asked for.</summary>
    public static RecordedModel Open(string name)
    {
        string[] parts = name.Split('/');
        string folder = Path.Combine(Data.Folder(parts[0]), parts[1]);
        Assert.SkipUnless(Directory.Exists(folder), $"shared/data/{name} is not beside the checkout");
        bool isLong = Environment.GetEnvironmentVariable(LongVariable) == "1";
        Assert.SkipUnless(isLong || Short.Contains(name), $"one of the long tests: set {LongVariable}=1");
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
