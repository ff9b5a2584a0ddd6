namespace GraphPipe.Tests;

/// <summary>Finds the checkout that the tests run from, and the reference data beside it.</summary>
internal static class RepositoryRoot
{
    public static string Folder { get; } = Find();

    /// <summary>The folder of reference data, or null where it is not there.</summary>
    public static string? Data => Path.GetFullPath(Path.Combine(Folder, "..", "shared", "data")) is var path && Directory.Exists(path) ? path : null;

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GraphPipe.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the tests do not run inside a checkout");
    }
}
