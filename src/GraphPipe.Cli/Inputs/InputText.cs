using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>Reads text files whose faults are the user's.</summary>
internal static class InputText
{
    // Bytes that are no UTF-8 are an error, not question marks. A byte order mark may say another encoding.
    private static readonly UTF8Encoding s_text = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="code">The diagnostic for a file that is not there or can't be read.</param>
    public static string Read(string path, string code)
    {
        try
        {
            string text = File.ReadAllText(path, s_text);
            return !text.Contains('\0', StringComparison.Ordinal) ? text : throw new DecoderFallbackException();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string what = e is DecoderFallbackException ? "it is not a text file" : File.Exists(path) ? $"the file can't be read: {e.Message.TrimEnd('.')}" : Directory.Exists(path) ? "it is a folder, not a file" : "there is no such file";
            throw new DiagnosticException(Diagnostic.Error(code, what, path, "check the path"));
        }
    }
}
