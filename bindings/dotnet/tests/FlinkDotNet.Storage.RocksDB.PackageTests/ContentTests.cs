using System.IO.Compression;
using System.Security.Cryptography;
using FlinkDotNet.Storage.RocksDB.PackageTests.Support;

namespace FlinkDotNet.Storage.RocksDB.PackageTests;

/// <summary>What is in the packages, and what they say about themselves.</summary>
public class ContentTests
{
    private static readonly string[] Frameworks = ["net8.0", "net10.0"];

    public static TheoryData<string> AllIds => [Packages.Backend, Packages.Abstractions, Packages.Runtimes];

    [Theory]
    [InlineData(Packages.Backend)]
    [InlineData(Packages.Abstractions)]
    public void Package_WithCode_HoldsAssembliesAndTheirDocumentation(string id)
    {
        using var package = Packages.Open(id);
        string[] expected = [$"{id}.nuspec", "README.md", "icon.png", .. Frameworks.Select(of => $"lib/{of}/{id}.dll"), .. Frameworks.Select(of => $"lib/{of}/{id}.xml")];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Packages.FilesOf(package));
    }

    [Fact]
    public void RuntimesPackage_OfThisMachine_HoldsItsLibraryAndTheNotices()
    {
        using var package = Packages.Open(Packages.Runtimes);
        const string Library = "runtimes/linux-x64/native/libflink_state_backend.so";
        string[] expected = [Packages.Runtimes + ".nuspec", "README.md", "THIRD-PARTY-NOTICES.txt", "icon.png", Library];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Packages.FilesOf(package));
        Assert.Equal(File.ReadAllBytes(Environment.GetEnvironmentVariable("FSB_NATIVE_LIBRARY")!), Packages.Bytes(package, Library));
    }

    [Theory]
    [MemberData(nameof(AllIds))]
    public void Package_OfAnyKind_SaysWhatItIsAndWhereItComesFrom(string id)
    {
        using var package = Packages.Open(id);
        string One(string name) => Packages.Nuspec(package, id, name).Single().Value;
        Assert.Equal((id, Packages.Version, "Apache-2.0", "README.md", "icon.png"), (One("id"), One("version"), One("license"), One("readme"), One("icon")));
        Assert.NotEmpty(One("description"));
        var repository = Packages.Nuspec(package, id, "repository").Single();
        Assert.Equal("git", repository.Attribute("type")!.Value);
        Assert.StartsWith("https://", repository.Attribute("url")!.Value, StringComparison.Ordinal);
        Assert.Equal(40, repository.Attribute("commit")!.Value.Length);
    }

    [Theory]
    [InlineData("net8.0", "8.")]
    [InlineData("net10.0", "10.")]
    public void Package_OfTheBackend_NeedsTheOthersAndTheExtensionsOfItsFramework(string framework, string extensions)
    {
        using var package = Packages.Open(Packages.Backend);
        var group = Packages.Nuspec(package, Packages.Backend, "group").Single(group => group.Attribute("targetFramework")!.Value == framework);
        var needed = group.Elements().ToDictionary(dependency => dependency.Attribute("id")!.Value, dependency => dependency.Attribute("version")!.Value);
        Assert.Equal(Packages.Version, needed[Packages.Abstractions]);
        Assert.Equal(Packages.Version, needed[Packages.Runtimes]);
        Assert.All(needed, one => Assert.True(
            one.Value == Packages.Version || (one.Key.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && one.Value.StartsWith(extensions, StringComparison.Ordinal)),
            $"{one.Key} {one.Value}"));
    }

    [Fact]
    public void Package_OfTheRuntimes_NeedsNothing()
    {
        using var package = Packages.Open(Packages.Runtimes);
        Assert.Empty(Packages.Nuspec(package, Packages.Runtimes, "dependency"));
    }

    [Theory]
    [InlineData("RocksDB 11.8.1")]
    [InlineData("Snappy")]
    [InlineData("LZ4 1.")]
    [InlineData("Zstandard 1.")]
    [InlineData("serde_json 1.")]
    [InlineData("Rust standard library 1.")]
    [InlineData("Copyright (c) Meta Platforms, Inc. and affiliates.")]
    [InlineData("Apache License")]
    public void Notices_OfTheRuntimes_NameWhatIsInside(string component)
    {
        using var package = Packages.Open(Packages.Runtimes);
        Assert.Contains(component, Packages.Text(package, "THIRD-PARTY-NOTICES.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public void Notices_OfTheRuntimes_LeaveOutWhatOnlyBuilds()
    {
        using var package = Packages.Open(Packages.Runtimes);
        var notices = Packages.Text(package, "THIRD-PARTY-NOTICES.txt");
        Assert.All(["cbindgen", "bindgen", "serde_derive", "proptest", "ratatui"], crate => Assert.DoesNotContain($"\n{crate} ", notices, StringComparison.Ordinal));
    }

    /// <summary>Apart from the times in the archives, which NuGet writes.</summary>
    [Fact]
    public void Packages_PackedTwice_HoldTheSameBytes()
    {
        var files = Directory.GetFiles(Packages.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(files, Directory.GetFiles(Packages.FolderPackedAgain).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(5, files.Length);
        Assert.All(files, file => Assert.Equal(Digests(Packages.Folder, file!), Digests(Packages.FolderPackedAgain, file!)));
    }

    private static IEnumerable<string> Digests(string folder, string file)
    {
        using var package = ZipFile.OpenRead(Path.Combine(folder, file));
        return package.Entries.Select(entry => $"{entry.FullName} {Convert.ToHexString(SHA256.HashData(Packages.Bytes(package, entry.FullName)))}")
            .Order(StringComparer.Ordinal).ToArray();
    }
}
