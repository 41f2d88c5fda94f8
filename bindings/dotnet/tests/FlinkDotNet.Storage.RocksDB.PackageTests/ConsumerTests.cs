using System.Text.RegularExpressions;
using FlinkDotNet.Storage.RocksDB.PackageTests.Support;

namespace FlinkDotNet.Storage.RocksDB.PackageTests;

/// <summary>A fresh console project, made of the program in the packed README and the packed files alone, in every way to publish it.</summary>
public sealed partial class ConsumerTests : IClassFixture<ConsumerTests.Project>
{
    private const string Net10 = "-f:net10.0";

    private readonly FreshProject _consumer;

    public ConsumerTests(Project project)
    {
        ArgumentNullException.ThrowIfNull(project);
        _consumer = project.Fresh;
    }

    [Theory]
    [InlineData("net8.0")]
    [InlineData("net10.0")]
    public void Consumer_CompiledJustInTime_Works(string framework)
    {
        var folder = _consumer.Make("build", "jit-" + framework, "-f:" + framework);
        AssertWorks(Commands.Run(Empty("jit-run-" + framework), Commands.Dotnet, Path.Combine(folder, "Consumer.dll")), "runtimes/");
    }

    [Fact]
    public void Consumer_AsASingleFile_FindsTheLibraryBesideIt()
    {
        var folder = Publish("single", "-p:PublishSingleFile=true", "-p:SelfContained=false");
        AssertWorks(Run(folder), "libflink_state_backend");
        Assert.Equal(2, Directory.EnumerateFiles(folder).Count(file => !file.EndsWith(".pdb", StringComparison.Ordinal)));
    }

    [Fact]
    public void Consumer_AsASingleFileThatHoldsTheLibrary_ExtractsAndFindsIt()
    {
        var folder = Publish("extracting", "-p:PublishSingleFile=true", "-p:SelfContained=false", "-p:IncludeNativeLibrariesForSelfExtract=true");
        AssertWorks(Run(folder), "nothing");
        Assert.Single(Directory.EnumerateFiles(folder), file => !file.EndsWith(".pdb", StringComparison.Ordinal));
    }

    [Fact]
    public void Consumer_Trimmed_WorksWithoutWarnings() =>
        AssertWorks(Run(Publish("trimmed", "-p:PublishTrimmed=true", "-p:SelfContained=true")), "libflink_state_backend");

    [Fact]
    public void Consumer_CompiledAheadOfTime_WorksWithoutWarnings()
    {
        var folder = Publish("aot", "-p:PublishAot=true");
        AssertWorks(Run(folder), "libflink_state_backend");
        Assert.False(File.Exists(Path.Combine(folder, "Consumer.dll")));
    }

    private static void AssertWorks(string output, string beside)
    {
        Assert.Contains("United flew 2119 miles", output, StringComparison.Ordinal);
        Assert.Matches($"checked on .NET [0-9]+, beside the program: {Regex.Escape(beside)}", output);
    }

    private string Publish(string folder, params string[] arguments) =>
        _consumer.Make("publish", folder, [Net10, "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, .. arguments]);

    private string Run(string folder) => Commands.Run(Empty(Path.GetFileName(folder) + "-run"), Path.Combine(folder, "Consumer"));

    private string Empty(string folder) => Directory.CreateDirectory(_consumer.At(folder)).FullName;

    /// <summary>The project, restored once for all tests.</summary>
    public sealed partial class Project : IDisposable
    {
        public Project()
        {
            using var package = Packages.Open(Packages.Backend);
            var program = FirstProgram().Match(Packages.Text(package, "README.md")).Groups["program"].Value;
            File.WriteAllText(Fresh.At("Program.cs"), program + "await Checks.Run();\n");
        }

        internal FreshProject Fresh { get; } = new("Consumer", "-p:ConsumerRestores=true");

        public void Dispose() => Fresh.Dispose();

        [GeneratedRegex("```csharp\n(?<program>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
        private static partial Regex FirstProgram();
    }
}
