using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>What the first bytes of a shared library say: the system and the processors that it is for, and the glibc that it needs.</summary>
internal sealed class LibraryFile
{
    private const int HeaderBytes = 4096;

    private LibraryFile(string format) => Format = format;

    /// <summary>Gets the format: ELF, Mach-O or PE; an empty text when it is none of them.</summary>
    public string Format { get; }

    /// <summary>Gets the processors that the library is for; null for one that .NET has no name for.</summary>
    public IReadOnlyList<Architecture?> Architectures { get; private init; } = [];

    /// <summary>Gets whether the library needs musl.</summary>
    public bool NeedsMusl { get; private init; }

    /// <summary>Gets the newest version of glibc of which the library needs a symbol; null when it needs none.</summary>
    public Version? NewestGlibc { get; private init; }

    /// <summary>Gets the system that the format belongs to.</summary>
    public string System => Format switch { "ELF" => "Linux", "Mach-O" => "macOS", "PE" => "Windows", _ => "no system" };

    /// <summary>Reads a file's head, and of ELF the tables that say what it needs.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static LibraryFile Read(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> head = new byte[HeaderBytes];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.StartsWith("\u007fELF"u8)) return Elf(file, head);
        if (head.StartsWith("MZ"u8)) return PortableExecutable(head);
        return head.Length < sizeof(uint) ? new LibraryFile(string.Empty) : MachO(head);
    }

    private static LibraryFile Elf(FileStream file, ReadOnlySpan<byte> head)
    {
        if (head.Length < 20) return new LibraryFile("ELF");
        Architecture? architecture = BinaryPrimitives.ReadUInt16LittleEndian(head[18..]) switch
        {
            62 => Architecture.X64,
            183 => Architecture.Arm64,
            3 => Architecture.X86,
            40 => Architecture.Arm,
            _ => null,
        };
        var needs = ElfNeeds.Read(file);
        return new LibraryFile("ELF") { Architectures = [architecture], NeedsMusl = needs.Musl, NewestGlibc = needs.Glibc };
    }

    private static LibraryFile PortableExecutable(ReadOnlySpan<byte> head)
    {
        var at = head.Length < 64 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(head[60..]);
        if (at < 0 || at > head.Length - 6 || !head[at..].StartsWith("PE\0\0"u8)) return new LibraryFile("PE");
        Architecture? architecture = BinaryPrimitives.ReadUInt16LittleEndian(head[(at + 4)..]) switch
        {
            0x8664 => Architecture.X64,
            0xAA64 => Architecture.Arm64,
            0x14C => Architecture.X86,
            _ => null,
        };
        return new LibraryFile("PE") { Architectures = [architecture] };
    }

    private static LibraryFile MachO(ReadOnlySpan<byte> head)
    {
        const uint Thin64 = 0xFEEDFACF;
        const uint Fat = 0xCAFEBABE;
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) == Thin64 && head.Length >= 8)
        {
            return new LibraryFile("Mach-O") { Architectures = [OfCpu(BinaryPrimitives.ReadUInt32LittleEndian(head[4..]))] };
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(head) != Fat || head.Length < 8) return new LibraryFile(string.Empty);
        const int EntryBytes = 20;
        var count = Math.Min(BinaryPrimitives.ReadInt32BigEndian(head[4..]), (head.Length - 8) / EntryBytes);
        var architectures = new List<Architecture?>();
        for (var at = 0; at < count; at++) architectures.Add(OfCpu(BinaryPrimitives.ReadUInt32BigEndian(head[(8 + (at * EntryBytes))..])));
        return new LibraryFile("Mach-O") { Architectures = architectures };
    }

    private static Architecture? OfCpu(uint cpu) => cpu switch { 0x01000007 => Architecture.X64, 0x0100000C => Architecture.Arm64, _ => null };
}
