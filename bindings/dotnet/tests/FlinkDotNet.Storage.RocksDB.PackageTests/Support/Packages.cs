using System.IO.Compression;
using System.Xml.Linq;

namespace FlinkDotNet.Storage.RocksDB.PackageTests.Support;

/// <summary>The packages under test, as .ci/test-nuget made them.</summary>
internal static class Packages
{
    public const string Backend = "FlinkDotNet.Storage.RocksDB";
    public const string Abstractions = "FlinkDotNet.Core.Abstractions";
    public const string Runtimes = "FlinkDotNet.Storage.RocksDB.Runtimes";

    /// <summary>Gets the folder of the packages.</summary>
    public static string Folder { get; } = FolderOf("FSB_PACKAGES");

    /// <summary>Gets the folder of the same, packed a second time elsewhere.</summary>
    public static string FolderPackedAgain { get; } = FolderOf("FSB_PACKAGES_AGAIN");

    /// <summary>Gets the version that all of them have.</summary>
    public static string Version { get; } = Path.GetFileName(Directory.GetFiles(Folder, Abstractions + ".*.nupkg").Single())[(Abstractions.Length + 1)..^6];

    public static ZipArchive Open(string id, string extension = "nupkg") => ZipFile.OpenRead(Path.Combine(Folder, $"{id}.{Version}.{extension}"));

    /// <summary>The files of a package, without those that the format itself asks for.</summary>
    public static IEnumerable<string> FilesOf(ZipArchive package) => package.Entries.Select(entry => entry.FullName)
        .Where(name => name is not "[Content_Types].xml" && !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    public static string Text(ZipArchive package, string file)
    {
        using var reader = new StreamReader(package.GetEntry(file)!.Open());
        return reader.ReadToEnd();
    }

    public static byte[] Bytes(ZipArchive package, string file)
    {
        using var content = new MemoryStream();
        using (var stream = package.GetEntry(file)!.Open()) stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>The elements of a package's nuspec with a local name.</summary>
    public static IEnumerable<XElement> Nuspec(ZipArchive package, string id, string name) =>
        XDocument.Parse(Text(package, id + ".nuspec")).Descendants().Where(element => element.Name.LocalName == name);

    private static string FolderOf(string variable) => Environment.GetEnvironmentVariable(variable)
        ?? throw new InvalidOperationException($"{variable} must name a folder of packages: run .ci/test-nuget.");
}
