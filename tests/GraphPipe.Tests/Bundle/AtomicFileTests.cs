using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

public class AtomicFileTests
{
    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["f"], "old"u8.ToArray());
        Assert.Throws<InvalidTimeZoneException>(() => AtomicFile.Write(folder["f"], stream =>
        {
            stream.Write("half"u8);
            throw new InvalidTimeZoneException();
        }));
        Fuzz.Refused(Codes.WriteFailed, () => AtomicFile.Write(folder["f"], _ => throw new IOException("disk full") { HResult = 28 }));
        Assert.Equal(["f"], folder.Names);
        Assert.Equal("old", File.ReadAllText(folder["f"]));
    }

    [Fact]
    public void What_a_killed_process_left_is_gone_with_the_next_write_a_day_later()
    {
        using var folder = new TemporaryFolder();
        void Leave(string name, int days)
        {
            File.WriteAllText(folder[name], "half");
            File.SetLastWriteTimeUtc(folder[name], DateTime.UtcNow.AddDays(-days));
        }

        Leave(".f.k1.tmp", 2);
        Leave(".f.k2.tmp", 0);
        Leave(".other.k1.tmp", 2);
        Directory.CreateDirectory(folder[".f.k3.tmp"]);
        Leave(".f.k3.tmp/x", 2);
        Directory.SetLastWriteTimeUtc(folder[".f.k3.tmp"], DateTime.UtcNow.AddDays(-2));
        AtomicFile.Write(folder["f"], "new"u8.ToArray());
        Assert.Equal([".f.k2.tmp", ".other.k1.tmp", "f"], folder.Names);
    }

    [Fact]
    public void A_full_disk_says_so() => Assert.Contains(
        "free some space",
        Assert.Throws<DiagnosticException>(() => AtomicFile.Write("/dev/full", new byte[1 << 20])).Message);

    [Fact]
    public void Impossible_places_are_GP5007()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["file"], "x"u8.ToArray());
        Directory.CreateDirectory(folder["folder"]);
        foreach (string path in new[] { folder["file/below"], folder["folder"], "/proc/none/x", folder["a\0b"], "", folder[new string('n', 300)] })
        {
            Fuzz.Refused(Codes.WriteFailed, () => AtomicFile.Write(path.Length > 0 ? path : folder["file/x/y"], "y"u8.ToArray()));
            Assert.Throws<DiagnosticException>(() => AtomicFile.Write(path, "y"u8.ToArray()));
        }

        Assert.Equal(["file", "folder"], folder.Names);
    }

    [Fact]
    public void Missing_folders_are_made_and_links_followed()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["a/b/real"], "1"u8.ToArray());
        File.CreateSymbolicLink(folder["link"], folder["a/b/real"]);
        AtomicFile.Write(folder["link"], "2"u8.ToArray());
        Assert.Equal("2", File.ReadAllText(folder["a/b/real"]));
        Assert.NotNull(new FileInfo(folder["link"]).LinkTarget);
    }

    [Fact]
    public void A_folder_is_replaced_whole_or_not_at_all()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteFolder(folder["d"], name => name is "a" or "b", at => File.WriteAllText(Path.Combine(at, "a"), "1"));
        Assert.Throws<InvalidTimeZoneException>(() => AtomicFile.WriteFolder(folder["d"], name => name is "a" or "b", at =>
        {
            File.WriteAllText(Path.Combine(at, "b"), "2");
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal("1", File.ReadAllText(folder["d/a"]));
        AtomicFile.WriteFolder(folder["d/"], name => name is "a" or "b", at => File.WriteAllText(Path.Combine(at, "b"), "2"));
        Assert.Equal([folder["d/b"]], Directory.EnumerateFileSystemEntries(folder["d"]));
        Assert.Equal(["d"], folder.Names);
    }

    [Fact]
    public void A_folder_with_other_files_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["thesis.tex"], "x");
        Fuzz.Refused(Codes.WriteFailed, () => AtomicFile.WriteFolder(folder.Path, name => name == "a", _ => { }));
        Assert.Equal(["thesis.tex"], folder.Names);
    }
}
