using GraphPipe;
using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Planning;
using TrainFromCode;

// Trains a model as a pipeline from C#: compile, own data source, step, evaluate, cancel, save.
// Arguments: the model (models/onnx/candle-uno-small.onnx) and where to write the trained one.
if (args.Length != 2)
{
    Console.Error.WriteLine("usage: TrainFromCode MODEL.onnx TRAINED.onnx   (e.g. models/onnx/candle-uno-small.onnx trained.onnx)");
    return 2;
}

string model = args[0];
string trained = args[1];

using var session = TrainingSession.Compile(model, new CompileOptions
{
    Loss = LossKind.Mse,
    Optimizer = new OptimizerSettings("adamw", LearningRate: 0.003, Momentum: 0, Nesterov: false, WeightDecay: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8),
    Mesh = DeviceMesh.Cpu(2),
    Stages = 2,
    MiniBatch = 32,
    MicroBatch = MicroBatchChoice.Of(4),
});
foreach (var stage in session.Bundle.Plan.Stages)
    Console.WriteLine($"stage {stage.Name} on {session.Bundle.Plan.Mesh[stage.Device]}");

// Ctrl-C ends the run between two steps; what was trained so far is saved.
using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    cancellation.Cancel();
};

var source = new TeacherSource(session.Executor.Inputs, miniBatch: 32, batches: 20);
double before = session.Evaluate(source);
try
{
    for (int epoch = 0; epoch < 10; epoch++)
    {
        double loss = 0;
        foreach (var batch in source.Epoch(epoch))
            loss = session.Step(batch, cancellation.Token).Loss;
        Console.WriteLine($"epoch {epoch}: loss {loss:g4}");
    }
}
catch (DiagnosticException e) when (e.Diagnostics[0].Code == Codes.Interrupted)
{
    Console.WriteLine("interrupted");
}

Console.WriteLine($"loss {before:g4} -> {session.Evaluate(source):g4}");
session.SaveOnnx(trained);
return 0;
