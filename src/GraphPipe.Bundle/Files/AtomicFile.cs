using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace GraphPipe.Bundle;

/// <summary>
/// Writes files and folders that are either whole or not there: the content goes into a sibling of a temporary name, which is renamed when
/// it is complete and on the disk. Every way a disk can refuse becomes GP5007.
/// </summary>
public static partial class AtomicFile
{
    // ENOSPC and EDQUOT of Linux and macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private static readonly ImmutableArray<int> FullDisk = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    // Longer than anybody writes. A process that was killed could not take away what it had begun, and nobody can tell whether one on another machine is alive.
    private static readonly TimeSpan Stale = TimeSpan.FromDays(1);

    /// <summary>
    /// Writes or replaces a file; missing folders on the way are made. A link is followed; a device such as <c>/dev/stdout</c> is written
    /// directly.
    /// </summary>
    /// <exception cref="DiagnosticException">GP5007: the file can't be written; an older file of that name is untouched.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Guard(path, () =>
        {
            string target = Target(path);
            if (IsDevice(path) || IsDevice(target))
            {
                using var device = new FileStream(target, FileMode.Open, FileAccess.Write);
                write(device);
                return;
            }

            MakeParent(target);
            string aside = Sibling(target, "tmp");
            bool done = false;
            try
            {
                using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(aside, target, overwrite: true);
                done = true;
            }
            finally
            {
                if (!done)
                    Discard(aside);
            }
        });
    }

    /// <summary>Finds out whether <see cref="Write(string, Action{Stream})"/> could write a file, and leaves nothing behind.</summary>
    /// <exception cref="DiagnosticException">GP5007: the folder is missing, or nothing can be written into it.</exception>
    public static void Probe(string path) => Guard(path, () =>
    {
        string target = Target(path);
        if (IsDevice(path) || IsDevice(target))
            return;
        using var stream = new FileStream(Sibling(target, "tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
    });

    /// <summary>Writes or replaces a file with the given bytes.</summary>
    /// <exception cref="DiagnosticException">GP5007: the file can't be written.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> content) => Write(path, stream => stream.Write(content.Span));

    /// <summary>
    /// Writes or replaces a folder. An existing folder is replaced only if nothing but files of the same format lies in it, so that a mistyped
    /// path never costs anybody their files.
    /// </summary>
    /// <param name="isOurs">Says of a name at the folder's top level whether the format writes it.</param>
    /// <param name="fill">Gets the temporary folder and writes everything into it.</param>
    /// <exception cref="DiagnosticException">GP5007: the folder can't be written, or holds other things; what was there is untouched.</exception>
    public static void WriteFolder(string path, Func<string, bool> isOurs, Action<string> fill)
    {
        ArgumentNullException.ThrowIfNull(isOurs);
        ArgumentNullException.ThrowIfNull(fill);
        Guard(path, () =>
        {
            string target = Target(Path.TrimEndingDirectorySeparator(path));
            var present = Directory.Exists(target) ? Directory.EnumerateFileSystemEntries(target) : [];
            if (present.Select(entry => Path.GetFileName(entry)).FirstOrDefault(name => !isOurs(name)) is { } foreign)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    Codes.WriteFailed, $"the folder exists and holds other files, '{foreign}' for one", path, "name a new or empty folder"));
            }

            MakeParent(target);
            string aside = Sibling(target, "tmp");
            bool done = false;
            try
            {
                Directory.CreateDirectory(aside);
                fill(aside);
                Replace(target, aside);
                done = true;
            }
            finally
            {
                if (!done)
                    Discard(aside);
            }
        });
    }

    // Linux can exchange two folders; elsewhere the old one steps aside first, and back if the new one can't take its place.
    private static void Replace(string target, string aside)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(aside, target);
            return;
        }

        if (Exchange(target, aside))
        {
            Discard(aside);
            return;
        }

        string old = Sibling(target, "old");
        Directory.Move(target, old);
        try
        {
            Directory.Move(aside, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        Discard(old);
    }

    private static bool Exchange(string a, string b)
    {
        const int CurrentFolder = -100;
        const uint ExchangeFlag = 2;
        try
        {
            return OperatingSystem.IsLinux() && RenameAt(CurrentFolder, a, CurrentFolder, b, ExchangeFlag) == 0;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException { ParamName: "path" })
        {
            string advice = FullDisk.Contains(e.HResult) ? "free some space on that disk, or write elsewhere"
                : e is UnauthorizedAccessException ? "write to a folder that you may write to"
                : "";
            // The system's message names the temporary file, which means nothing to the user.
            string what = FullDisk.Contains(e.HResult) ? "the disk is full"
                : e is UnauthorizedAccessException ? "the folder or file is protected"
                : e is DirectoryNotFoundException ? "there is no such folder"
                : OneLine(e.Message);
            throw new DiagnosticException(Diagnostic.Error(Codes.WriteFailed, $"can't be written: {what}", path, advice));
        }
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.', ' ');

    private static string Target(string path)
    {
        string full = Path.GetFullPath(path);
        return Path.Exists(full) && File.ResolveLinkTarget(full, returnFinalTarget: true) is { } target ? target.FullName : full;
    }

    private static bool IsDevice(string path) => path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    // Makes the folder of what is to be written, and takes away what killed processes left there of it.
    private static void MakeParent(string full)
    {
        if (Path.GetDirectoryName(full) is not { Length: > 0 } parent)
            return;
        Directory.CreateDirectory(parent);
        // Where files may be written but not listed, nothing is found.
        foreach (string entry in Directory.EnumerateFileSystemEntries(parent, ".*.tmp", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true }))
        {
            if (Path.GetFileName(entry).StartsWith($".{Path.GetFileName(full)}.", StringComparison.Ordinal) && DateTime.UtcNow - File.GetLastWriteTimeUtc(entry) > Stale)
                Discard(entry);
        }
    }

    private static string Sibling(string full, string kind) =>
        Path.Combine(Path.GetDirectoryName(full) ?? "", $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.{kind}");

    // The failure that brought us here is the one to report.
    private static void Discard(string path)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
