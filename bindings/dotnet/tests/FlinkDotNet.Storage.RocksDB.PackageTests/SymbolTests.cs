using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using FlinkDotNet.Storage.RocksDB.PackageTests.Support;

namespace FlinkDotNet.Storage.RocksDB.PackageTests;

/// <summary>The symbols belong to the assemblies and lead a debugger to the sources of the commit.</summary>
public class SymbolTests
{
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    public static TheoryData<string, string> Assemblies => new MatrixTheoryData<string, string>([Packages.Backend, Packages.Abstractions], ["net8.0", "net10.0"]);

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Symbols_OfAnAssembly_AreItsOwnAndPointAtTheCommit(string id, string framework)
    {
        using var package = Packages.Open(id);
        using var symbols = Packages.Open(id, "snupkg");
        using var assembly = new PEReader(new MemoryStream(Packages.Bytes(package, $"lib/{framework}/{id}.dll")));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Packages.Bytes(symbols, $"lib/{framework}/{id}.pdb")));
        var reader = provider.GetMetadataReader();
        var codeView = assembly.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.CodeView);
        Assert.Equal(assembly.ReadCodeViewDebugDirectoryData(codeView).Guid, new BlobContentId(reader.DebugMetadataHeader!.Id).Guid);
        Assert.Contains(assembly.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);

        var commit = Packages.Nuspec(package, id, "repository").Single().Attribute("commit")!.Value;
        Assert.Contains($"/{commit}/", Link(reader), StringComparison.Ordinal);
        Assert.All(reader.Documents, document => Assert.StartsWith("/_/", reader.GetString(reader.GetDocument(document).Name), StringComparison.Ordinal));
    }

    private static string Link(MetadataReader reader) => reader.GetCustomDebugInformation(EntityHandle.ModuleDefinition)
        .Select(reader.GetCustomDebugInformation).Where(information => reader.GetGuid(information.Kind) == SourceLink)
        .Select(information => Encoding.UTF8.GetString(reader.GetBlobBytes(information.Value))).Single();
}
