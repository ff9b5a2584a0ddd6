namespace GraphPipe.Tests.Bundle;

/// <summary>A folder of its own for a test, removed with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("graphpipe-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Names of everything in it, hidden files too.</summary>
    public string[] Names => [.. Directory.EnumerateFileSystemEntries(Path).Select(e => System.IO.Path.GetFileName(e)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
