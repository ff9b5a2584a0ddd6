namespace GraphPipe.Bundle;

/// <summary>The files of a bundle, whatever holds them. Paths are checked before a container sees them.</summary>
internal abstract class BundleContainer(string name) : IDisposable
{
    /// <summary>The bundle's path, for messages.</summary>
    public string Name { get; } = name;

    public abstract bool Has(string path);

    public abstract long LengthOf(string path);

    public abstract Stream Open(string path);

    /// <summary>The path in the file system if the file is one there.</summary>
    public virtual string? FilePath(string path) => null;

    public abstract void Dispose();

    /// <summary>Opens a zip or a folder.</summary>
    /// <exception cref="DiagnosticException">GP5001: there is nothing; GP5002: no zip; GP5003: damaged; GP5005: a path leaves the bundle.</exception>
    public static BundleContainer At(string path)
    {
        if (Directory.Exists(path))
            return new BundleFolder(path);
        var source = new InputSource(path, Codes.BundleUnreadable);
        return new BundleZip(InputFile.Open(path, source, Codes.BundleNotFound), path);
    }
}
