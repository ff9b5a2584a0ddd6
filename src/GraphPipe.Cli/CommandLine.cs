using System.CommandLine;
using System.CommandLine.Invocation;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>The program: reads the command line, runs the verb, and turns everything that can happen into diagnostics and an exit code.</summary>
public static class CommandLine
{
    // An '@' begins no response file: names of devices and models may have one.
    private static readonly ParserConfiguration Parsing = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <returns>The exit code, see <see cref="ExitCodes"/>.</returns>
    public static int Run(IReadOnlyList<string> args, Surroundings surroundings)
    {
        var common = new CommonOptions();
        var table = new VerbTable(common);
        var parse = table.Root.Parse(args, Parsing);
        var verb = table.Find(parse.CommandResult.Command);
        // Help, version and completions are the parser's own business.
        if (parse.Action is not (null or ParseErrorAction) && parse.Action != verb?.Command.Action)
            return parse.Invoke(new InvocationConfiguration { Output = surroundings.Out, Error = surroundings.Error, EnableDefaultExceptionHandler = false });
        var call = new Call(verb ?? table.Unknown, parse, common, surroundings);
        // After a mistake the parser may not have come as far as --json.
        call.IsJson |= args.Contains("--json");
        try
        {
            int exitCode = Run(call, verb);
            call.Finish(exitCode);
            return exitCode;
        }
        catch (IOException e)
        {
            // Standard output or error is gone: a full disk, a closed pipe.
            return Complain(surroundings.Error, e);
        }
    }

    private static int Complain(TextWriter error, IOException cause)
    {
        try
        {
            error.WriteLine($"graphpipe: error {Codes.WriteFailed}: the output can't be written: {cause.Message}");
        }
        catch (IOException)
        {
            // There is nobody left to tell.
        }

        return ExitCodes.Of(Codes.WriteFailed);
    }

    private static int Run(Call call, Verb? verb)
    {
        try
        {
            if (call.Parse.Errors.Count > 0 || verb is null)
                throw new DiagnosticException(UsageAdvice.Of(call.Parse, verb));
            return verb.Run(call);
        }
        catch (DiagnosticException e)
        {
            call.Tell(FileKind.Advise(e.Diagnostics));
            return ExitCodes.Of(e.Diagnostics);
        }
        catch (OperationCanceledException)
        {
            call.Tell([Diagnostic.Error(Codes.Interrupted, "interrupted")]);
            return ExitCodes.Interrupted;
        }
        catch (OutOfMemoryException)
        {
            call.Tell([Diagnostic.Error(Codes.DeviceLost, "the process has no memory left", advice: "use a smaller mini-batch, smaller micro-batches or fewer threads; --memory limits what a plan may use")]);
            return ExitCodes.RunFailed;
        }
        catch (IOException e)
        {
            // Files are opened where the failure becomes a diagnostic; what is left is the console.
            call.Tell([Diagnostic.Error(Codes.WriteFailed, $"the output can't be written: {e.Message.ReplaceLineEndings(" ")}")]);
            return ExitCodes.Of(Codes.WriteFailed);
        }
        catch (Exception e)
        {
            string what = $"this is a bug of GraphPipe: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}";
            call.Tell([Diagnostic.Error(Codes.Internal, what, advice: call.IsVerbose ? "report it with the text below" : "run it again with --verbose and report it")]);
            if (call.IsVerbose)
                call.Errors.WriteLine(e);
            return ExitCodes.Internal;
        }
    }
}
