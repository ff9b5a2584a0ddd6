namespace GraphPipe.Bundle;

/// <summary>A bundle in one file.</summary>
internal sealed class BundleZip : BundleContainer
{
    private const int FileTypeMask = 0xF000;
    private const int SymbolicLink = 0xA000;

    private readonly ZipInput _zip;

    public BundleZip(Stream stream, string name)
        : base(name)
    {
        _zip = ZipInput.Open(stream, new InputSource(name, Codes.BundleUnreadable), Codes.BundleHash, Codes.BundlePathEscapes);
        try
        {
            CheckPaths();
        }
        catch
        {
            _zip.Dispose();
            throw;
        }
    }

    public override bool Has(string path) => _zip.Entries.ContainsKey(path);

    public override long LengthOf(string path) => _zip.LengthOf(path);

    public override Stream Open(string path) => _zip.Read(path);

    public override void Dispose() => _zip.Dispose();

    private void CheckPaths()
    {
        var source = new InputSource(Name, Codes.BundlePathEscapes);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (path, entry) in _zip.Entries)
        {
            if (BundlePaths.Fault(path) is { } fault)
                throw source.Malformed($"'{path}' {fault}", "the bundle is damaged or made to harm: don't use it");
            if (((entry.ExternalAttributes >> 16) & FileTypeMask) == SymbolicLink)
                throw source.Malformed($"'{path}' is a link", "the bundle is damaged or made to harm: don't use it");
            if (!seen.Add(path))
                throw source.Malformed($"'{path}' stands in it twice, but for capitals");
        }
    }
}
