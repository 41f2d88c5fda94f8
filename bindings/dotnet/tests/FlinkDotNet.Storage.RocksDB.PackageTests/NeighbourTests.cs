using FlinkDotNet.Storage.RocksDB.PackageTests.Support;

namespace FlinkDotNet.Storage.RocksDB.PackageTests;

public class NeighbourTests
{
    [Fact]
    public void RocksDbSharp_InTheSameProcess_IsUndisturbedAndDisturbsNothing()
    {
        using var neighbour = new FreshProject("Neighbour");
        var folder = neighbour.Make("build", "out");
        Assert.Equal("0 wrong\n", Commands.Run(Directory.CreateDirectory(neighbour.At("run")).FullName, Commands.Dotnet, Path.Combine(folder, "Neighbour.dll")));
    }
}
