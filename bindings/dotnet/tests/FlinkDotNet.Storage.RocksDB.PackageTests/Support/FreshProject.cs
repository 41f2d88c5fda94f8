using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.PackageTests.Support;

/// <summary>
/// A project in a temporary folder that knows the packed files as its feed, and packages of others from the folder that NUGET_PACKAGES
/// names, with no network; without that variable, from NuGet's own feed. It is restored once, and published in several ways.
/// </summary>
internal sealed class FreshProject : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _name;

    public FreshProject(string name, params string[] restoreProperties)
    {
        _name = name;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, name))) File.Copy(file, _folder.At(Path.GetFileName(file)));
        File.WriteAllText(_folder.At("nuget.config"), NuGetConfig());
        File.WriteAllText(_folder.At("Directory.Build.props"), $"<Project><PropertyGroup><ConsumedVersion>{Packages.Version}</ConsumedVersion>"
            + $"<ConsumerRuntime>{RuntimeInformation.RuntimeIdentifier}</ConsumerRuntime></PropertyGroup></Project>");
        RestoreProperties = restoreProperties;
    }

    private string[] RestoreProperties { get; }

    private bool IsRestored { get; set; }

    public string At(params string[] parts) => _folder.At(parts);

    /// <summary>Builds or publishes into a folder of its own, in which nothing else is, and gives that; a warning fails the test.</summary>
    public string Make(string command, string folder, params string[] arguments)
    {
        Restore();
        var output = Commands.Run(_folder.Path, Commands.Dotnet, [command, _name + ".csproj", "--no-restore", "-c", "Release", "-o", _folder.At(folder), .. Quietly, .. arguments]);
        Assert.DoesNotContain(": warning ", output, StringComparison.OrdinalIgnoreCase);
        return _folder.At(folder);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Quietly => ["-nologo", "-v", "quiet", "-m:1", "-nodeReuse:false"];

    private void Restore()
    {
        if (IsRestored) return;
        Commands.Run(_folder.Path, Commands.Dotnet, ["restore", _name + ".csproj", .. Quietly, .. RestoreProperties]);
        IsRestored = true;
    }

    private string NuGetConfig()
    {
        var offline = Environment.GetEnvironmentVariable("NUGET_PACKAGES");
        var others = offline is null
            ? "</packageSources>"
            : $"</packageSources><fallbackPackageFolders><clear /><add key=\"offline\" value=\"{offline}\" /></fallbackPackageFolders>";
        return $"""
            <?xml version="1.0" encoding="utf-8"?>
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder.At("packages")}" /></config>
              <packageSources>{(offline is null ? "" : "<clear />")}<add key="packed" value="{Packages.Folder}" />{others}
            </configuration>
            """;
    }
}
