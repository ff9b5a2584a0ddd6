using System.Diagnostics;
using GraphPipe.Onnx;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>The sample of the README, as a user runs it: a process of its own.</summary>
public class SampleTests
{
    [Fact]
    public async Task The_sample_trains_and_saves()
    {
        string model = Path.Combine(RepositoryRoot.Folder, "models", "onnx", "candle-uno-small.onnx");
        string trained = Path.Combine(Path.GetTempPath(), $"graphpipe-sample-{Guid.NewGuid():n}.onnx");
        try
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in new[] { Path.Combine(AppContext.BaseDirectory, "TrainFromCode.dll"), model, trained })
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, errors);
            string[] losses = output.Split('\n').Single(l => l.StartsWith("loss ", StringComparison.Ordinal))["loss ".Length..].Split(" -> ");
            Assert.True(double.Parse(losses[1]) < double.Parse(losses[0]) / 2, output);
            Assert.Equal(OnnxModel.Load(model).InitializerNames(), OnnxModel.Load(trained).InitializerNames());
        }
        finally
        {
            File.Delete(trained);
        }
    }
}
