using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Interop;

/// <summary>Files made up for the purpose, explained for machines made up for the purpose.</summary>
public sealed class LoadFailureTests : IDisposable
{
    private static readonly LoadFailure.Machine Debian = new("Linux", Architecture.X64, new Version(2, 36));

    private readonly TestFolder _folder = new();

    public static TheoryData<string, byte[]> ForeignFiles => new()
    {
        { "it is no shared library, or a damaged one", "hello"u8.ToArray() },
        { "it is no shared library, or a damaged one", [] },
        { "it is built for Windows, but this is Linux", PortableExecutable(0x8664) },
        { "it is built for macOS, but this is Linux", MachO(0x0100000C) },
        { "it is built for no processor, but this process is x64", "\u007fELF"u8.ToArray() },
        { "it is built for arm64, but this process is x64", MadeUpElf.Make(183, []) },
        { "it is built for another processor, but this process is x64", MadeUpElf.Make(22, []) },
        { "it is built for musl, but this system has glibc", MadeUpElf.Make(62, ["libc.musl-x86_64.so.1"]) },
        { "it needs glibc 2.38, but this system has glibc 2.36", MadeUpElf.Make(62, ["libm.so.6", "libc.so.6"], "GLIBC_2.4", "GLIBC_2.38", "GLIBC_PRIVATE", "GLIBC_2.17") },
        { string.Empty, MadeUpElf.Make(62, ["libc.so.6"], "GLIBC_2.36") },
        { string.Empty, MadeUpElf.Make(62, ["libc.so.6"], "GLIBC_2.38")[..200] },
    };

    [Theory]
    [MemberData(nameof(ForeignFiles), DisableDiscoveryEnumeration = true)]
    public void Explanation_OfAForeignFile_SaysWhatIsWrong(string expected, byte[] content) => Assert.Equal(expected, Explain(content, Debian));

    [Fact]
    public void Explanation_OnAlpine_NamesTheOtherCLibrary() => Assert.Equal(
        "it is built for glibc, but this system has another C library, such as musl",
        Explain(MadeUpElf.Make(62, ["libc.so.6"], "GLIBC_2.17"), new LoadFailure.Machine("Linux", Architecture.X64, null)));

    [Fact]
    public void Explanation_OfAUniversalMacLibrary_KnowsAllItsProcessors()
    {
        var mac = new LoadFailure.Machine("macOS", Architecture.Arm64, null);
        Assert.Empty(Explain(MachO(0x01000007, 0x0100000C), mac));
        Assert.Equal("it is built for x64, but this process is arm64", Explain(MachO(0x01000007), mac));
        Assert.Equal("it is built for x64 and x64, but this process is arm64", Explain(MachO(0x01000007, 0x01000007), mac));
    }

    [Fact]
    public void Explanation_OnWindows_KnowsItsProcessors()
    {
        var windows = new LoadFailure.Machine("Windows", Architecture.Arm64, null);
        Assert.Equal("it is built for x86, but this process is arm64", Explain(PortableExecutable(0x14C), windows));
        Assert.Empty(Explain(PortableExecutable(0xAA64), windows));
    }

    [Fact]
    public void Explanation_OfAFolder_SaysThatItCannotBeRead() =>
        Assert.StartsWith("it cannot be read (", LoadFailure.Explain(_folder.Path, Debian), StringComparison.Ordinal);

    [Fact]
    public void Explanation_OfTheLibraryItself_FindsNothingWrong()
    {
        var file = Environment.GetEnvironmentVariable("FSB_NATIVE_LIBRARY") ?? Path.Combine(AppContext.BaseDirectory, "libflink_state_backend.so");
        var library = LibraryFile.Read(file);
        Assert.Equal(RuntimeInformation.ProcessArchitecture, Assert.Single(library.Architectures));
        Assert.Equal(2, library.NewestGlibc?.Major);
        Assert.Empty(LoadFailure.Explain(file));
    }

    [Fact]
    public void Load_OfALibraryForAnotherProcessor_SaysSo()
    {
        var file = _folder.At("library.so");
        File.WriteAllBytes(file, MadeUpElf.Make(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (ushort)183 : (ushort)62, []));
        var failure = Assert.Throws<StateBackendLibraryException>(() => NativeLibraryLoader.LoadFirst([file]));
        Assert.Matches("could not be loaded on [^:]+: it is built for [^,]+, but this process is [^.]+. The system says: ", failure.Message);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] PortableExecutable(ushort machine)
    {
        var file = new byte[256];
        "MZ"u8.CopyTo(file);
        file[60] = 128;
        "PE\0\0"u8.CopyTo(file.AsSpan(128));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(132), machine);
        return file;
    }

    private static byte[] MachO(params uint[] processors)
    {
        var file = new byte[256];
        if (processors is [var only])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file, 0xFEEDFACF);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(4), only);
            return file;
        }

        BinaryPrimitives.WriteUInt32BigEndian(file, 0xCAFEBABE);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), processors.Length);
        for (var at = 0; at < processors.Length; at++) BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(8 + (at * 20)), processors[at]);
        return file;
    }

    private string Explain(byte[] content, LoadFailure.Machine machine)
    {
        var file = _folder.At("library");
        File.WriteAllBytes(file, content);
        return LoadFailure.Explain(file, machine);
    }
}
