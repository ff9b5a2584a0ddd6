using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>Op times that <c>profile -o</c> wrote.</summary>
internal static class ProfileFile
{
    /// <exception cref="DiagnosticException">GP3020: it can't be read or is no profile.</exception>
    public static Profile Read(string path)
    {
        var bag = new DiagnosticBag();
        var profile = ProfileJson.Read(InputText.Read(path, Codes.ProfileMalformed), path, bag);
        bag.ThrowIfErrors();
        return profile!;
    }
}
