using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>Reads text files whose faults are the user's.</summary>
internal static class InputText
{
    /// <param name="code">The diagnostic for a file that is not there or can't be read.</param>
    public static string Read(string path, string code)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string what = File.Exists(path) ? $"the file can't be read: {e.Message.TrimEnd('.')}" : Directory.Exists(path) ? "it is a folder, not a file" : "there is no such file";
            throw new DiagnosticException(Diagnostic.Error(code, what, path, "check the path"));
        }
    }
}
