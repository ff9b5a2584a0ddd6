using GraphPipe.Bundle;
using GraphPipe.Compiler;

namespace GraphPipe.Cli;

/// <summary>What BUNDLE|MODEL stands for: a bundle, read or compiled.</summary>
/// <param name="Plan">The partition; null for a bundle that was read.</param>
internal sealed record PipelineInput(StageBundle Bundle, PipelinePlan? Plan, ModelHints Hints)
{
    /// <param name="profiles">Whether <c>--profile</c> means something beside a bundle.</param>
    /// <exception cref="DiagnosticException">The file can't be read or compiled; GP8001: options of compile beside a bundle.</exception>
    public static PipelineInput Open(Call call, string path, ModelOptions options, bool forInference = false, Func<CompileOptions, CompileOptions>? adjust = null, bool profiles = false)
    {
        call.Subject = path;
        if (BundleReader.IsBundle(path))
        {
            if (options.Given(call).FirstOrDefault(o => !profiles || o != options.Planning.Profile.Name) is { } given)
                throw Usage.Error($"{given} is for models: a bundle is compiled already", "leave it out, or give the model");
            var bundle = BundleReader.Read(path);
            return bundle.Manifest.Covers is null
                ? new PipelineInput(bundle, null, ModelHints.None)
                : throw new DiagnosticException(Diagnostic.Error(Codes.BundleContent, "it holds the stages of one device only", path, "give the bundle with all stages"));
        }

        var model = ModelFile.Load(path);
        var hints = ModelHints.Of(model);
        var compileOptions = options.Read(call, hints, forInference);
        var compiled = ModelCompiler.Compile(model, adjust?.Invoke(compileOptions) ?? compileOptions);
        call.Tell(compiled.Diagnostics);
        call.ThrowIfInterrupted();
        return new PipelineInput(compiled.Bundle, compiled.Plan, hints);
    }

    /// <summary>Loads it on its devices, and tells of calls that a fallback executes.</summary>
    public TrainingSession Load(Call call, DeviceOptions options)
    {
        var session = new TrainingSession(Bundle, options);
        call.Tell(session.Executor.Notes);
        return session;
    }

    /// <exception cref="DiagnosticException">GP8001: it was compiled for inference.</exception>
    public void RequireTraining()
    {
        if (Bundle.Manifest.Purpose != BundlePurpose.Train)
            throw Usage.Error("the bundle was compiled for inference: it has no loss", "compile the model without --inference");
    }
}
