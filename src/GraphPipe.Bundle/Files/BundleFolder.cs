namespace GraphPipe.Bundle;

/// <summary>A bundle in a folder. Links in it are not followed: they may lead out.</summary>
internal sealed class BundleFolder(string root) : BundleContainer(root)
{
    public override bool Has(string path) => File.Exists(Resolve(path));

    public override long LengthOf(string path)
    {
        using var stream = Open(path);
        return stream.Length;
    }

    public override Stream Open(string path) =>
        InputFile.Open(Resolve(path), new InputSource($"{Name}: {path}", Codes.BundleUnreadable), Codes.BundleContent);

    public override string FilePath(string path) => Resolve(path);

    public override void Dispose()
    {
    }

    private string Resolve(string path)
    {
        string at = Name;
        foreach (string part in path.Split('/'))
        {
            at = Path.Combine(at, part);
            if (IsLink(at))
                throw new InputSource(Name, Codes.BundlePathEscapes).Malformed($"'{path}' leads over a link", "put the file itself there");
        }

        return at;
    }

    private static bool IsLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget is not null;
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            return false;
        }
    }
}
