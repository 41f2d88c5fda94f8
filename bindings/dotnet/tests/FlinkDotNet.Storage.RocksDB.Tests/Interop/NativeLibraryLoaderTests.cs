using System.Diagnostics;
using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Interop;

public class NativeLibraryLoaderTests
{
    [Fact]
    public void Candidates_WithoutOverride_AreFullPathsOutsideTheWorkingDirectory()
    {
        var candidates = NativeLibraryLoader.Candidates(null, ["/app", "/app/runtimes/linux-x64/native"]);
        Assert.All(candidates, candidate => Assert.True(Path.IsPathFullyQualified(candidate)));
        Assert.Equal(2, candidates.Count);
    }

    [Fact]
    public void Candidates_WithOverride_AreTheOverrideAlone() =>
        Assert.Equal(["/opt/lib/mine.so"], NativeLibraryLoader.Candidates("/opt/lib/mine.so", ["/app"]));

    [Fact]
    public void Candidates_WithRelativeOverride_AreRefused()
    {
        var failure = Assert.Throws<StateBackendLibraryException>(() => NativeLibraryLoader.Candidates("mine.so", ["/app"]));
        Assert.Equal("FLINK_STATE_BACKEND_LIBRARY must hold the full path of the library, but is 'mine.so'.", failure.Message);
    }

    [Fact]
    public void Load_OfMissingFiles_SaysWhereItLooked()
    {
        var failure = Assert.Throws<StateBackendLibraryException>(() => NativeLibraryLoader.LoadFirst(["/nowhere/a.so", "/nowhere/b.so"]));
        Assert.Contains("looked for /nowhere/a.so, /nowhere/b.so", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfALibraryForAnotherMachine_NamesWhatIsThere()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.At("runtimes", "linux-s390x", "native"));
        Directory.CreateDirectory(folder.At("runtimes", "win-x64", "lib"));
        var failure = Assert.Throws<StateBackendLibraryException>(
            () => NativeLibraryLoader.LoadFirst([folder.At("runtimes", "linux-x64", "native", "a.so"), folder.At("a.so")]));
        Assert.EndsWith("There are native files for linux-s390x only.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux-x64", "linux-x64")]
    [InlineData("debian.12-x64", "debian.12-x64,linux-x64")]
    [InlineData("alpine.3.20-x64", "alpine.3.20-x64,linux-musl-x64")]
    public void Runtimes_OfADistribution_EndWithThePortableOne(string own, string runtimes) =>
        Assert.Equal(runtimes.Split(','), NativeLibraryLoader.Runtimes(own, Architecture.X64));

    [Fact]
    public void Load_OfAFileThatIsNoLibrary_NamesIt()
    {
        using var folder = new TestFolder();
        var file = folder.At("library.so");
        File.WriteAllText(file, "not a library");
        var failure = Assert.Throws<StateBackendLibraryException>(() => NativeLibraryLoader.LoadFirst([file]));
        Assert.Contains($"{file} exists but could not be loaded on {RuntimeInformation.RuntimeIdentifier}: it is no shared library", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.InnerException);
    }

    [Fact]
    public void Handshake_WithAnotherAbi_IsRefused()
    {
        var failure = Assert.Throws<StateBackendLibraryException>(() => LibraryHandshake.Compare("/a.so", 2, "0.1.0", new Version(0, 1, 0)));
        Assert.Equal("The native library /a.so, version 0.1.0, has ABI 2, but this assembly needs ABI 1.", failure.Message);
    }

    [Theory]
    [InlineData("0.2.0")]
    [InlineData("1.1.0")]
    [InlineData("new")]
    public void Handshake_WithAnotherVersion_IsRefused(string version)
    {
        var failure = Assert.Throws<StateBackendLibraryException>(() => LibraryHandshake.Compare("/a.so", 1, version, new Version(0, 1, 0)));
        Assert.Equal($"The native library /a.so is version {version}, but this assembly needs version 0.1.", failure.Message);
    }

    [Fact]
    public void Handshake_WithAPatch_IsAccepted() => LibraryHandshake.Compare("/a.so", 1, "0.1.7", new Version(0, 1, 0));

    [Fact]
    public async Task Override_OfAMissingFile_FailsInsteadOfLookingElsewhere()
    {
        using var folder = new TestFolder();
        var start = StateHolderProcess.StartInfo(folder.At("state"));
        start.Environment[NativeLibraryLoader.OverrideVariable] = folder.At("absent.so");
        using var process = Process.Start(start)!;
        var message = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains($"looked for {folder.At("absent.so")}.", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WorkingDirectory_WithALibraryInIt_IsNotAsked()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.At("libflink_state_backend.so"), "not a library");
        var start = StateHolderProcess.StartInfo(folder.At("state"));
        start.WorkingDirectory = folder.Path;
        using var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("open", line);
    }
}
