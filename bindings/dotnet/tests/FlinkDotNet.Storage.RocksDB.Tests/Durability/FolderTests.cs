using System.Diagnostics;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Durability;

public sealed class FolderTests : BackendTest
{
    [Fact]
    public void Open_OfAMissingFolder_MakesItForItsOwnerOnly()
    {
        var options = Options();
        options.DataDirectory = Folder.At("a", "b", "state");
        using var backend = Open(options);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(options.DataDirectory));
    }

    [Fact]
    public void Open_OfAMissingFolderThatMayNotBeMade_IsRefused()
    {
        var options = Options();
        options.CreateIfMissing = false;
        Assert.Contains(DataDirectory, OpenFailure<StateBackendFolderUnusableException>(options).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(DataDirectory));
    }

    [Fact]
    public void Open_OfAFile_IsRefusedByName()
    {
        File.WriteAllText(DataDirectory, "a file");
        Assert.Contains(DataDirectory, OpenFailure<StateBackendFolderUnusableException>(Options()).Message, StringComparison.Ordinal);
        Assert.Equal("a file", File.ReadAllText(DataDirectory));
    }

    [Fact]
    public void Open_OfAFolderThatMayNotBeWritten_IsRefused()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Root may write everywhere.");
        Directory.CreateDirectory(DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        OpenFailure<StateBackendFolderUnusableException>(Options());
        File.SetUnixFileMode(DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void Open_Twice_IsRefused()
    {
        using var backend = Open();
        var failure = OpenFailure<StateBackendFolderInUseException>(Options());
        Assert.Equal(StateBackendStatus.FolderInUse, failure.Status);
        Assert.Contains(DataDirectory, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TwiceThroughASymbolicLink_IsRefused()
    {
        using var backend = Open();
        Directory.CreateSymbolicLink(Folder.At("link"), DataDirectory);
        var options = Options();
        options.DataDirectory = Folder.At("link");
        OpenFailure<StateBackendFolderInUseException>(options);
        backend.ColumnFamily("default").Put("still"u8, "usable"u8);
    }

    [Fact]
    public void Open_OfAFolderOfAnotherProcess_SaysWhichProcess()
    {
        using var holder = StateHolderProcess.Start(DataDirectory);
        var failure = OpenFailure<StateBackendFolderInUseException>(Options());
        Assert.Contains(holder.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AfterAFailure_Works()
    {
        var options = Options();
        options.MaxBackgroundJobs = 0;
        OpenFailure<ArgumentException>(options);
        using var backend = Open();
    }

    [Fact]
    public void Write_OnAFullDisk_SaysSoAndKeepsWhatWasAcknowledged()
    {
        var mounted = Environment.IsPrivilegedProcess && Run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", Folder.Path) == 0;
        Assert.SkipUnless(mounted, "A small disk can be mounted by root only.");
        try
        {
            var acknowledged = WriteUntilFull();
            using (var backend = Open()) AssertRows(backend, acknowledged);
        }
        finally
        {
            Assert.Equal(0, Run("umount", Folder.Path));
        }
    }

    private static void AssertRows(RocksDBStateBackend backend, int count)
    {
        var family = backend.ColumnFamily("default");
        for (var number = 0; number < count; number++) Assert.True(family.Contains(BitConverter.GetBytes(number)), $"Row {number} of {count} was lost.");
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private int WriteUntilFull()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("default");
        var value = new byte[10_000];
        new Random(1).NextBytes(value);
        for (var number = 0; ; number++)
        {
            try
            {
                family.Put(BitConverter.GetBytes(number), value);
            }
            catch (StateBackendIOException exception)
            {
                Assert.Equal(StateBackendStatus.NoSpace, exception.Status);
                Assert.NotNull(exception.EngineCode);
                Directory.EnumerateFiles(DataDirectory, "LOG*").ToList().ForEach(File.Delete);
                return number;
            }
        }
    }
}
