using System.Buffers.Binary;
using System.Text;

namespace FlinkDotNet.Storage.RocksDB.Tests.Interop;

/// <summary>Writes a small ELF file: header, one loaded and one dynamic segment, and what the latter points at.</summary>
internal static class MadeUpElf
{
    private const ulong LoadedAt = 0x10000;
    private const int DynamicAt = 256;
    private const int VersionsAt = 1024;
    private const int StringsAt = 2048;
    private const int FileBytes = 4096;

    /// <summary>A library for a processor that needs libraries, and of the last of them versions of symbols.</summary>
    public static byte[] Make(ushort machine, string[] libraries, params string[] versions)
    {
        var file = new byte[FileBytes];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        Half(file, 16, 3);
        Half(file, 18, machine);
        Word(file, 32, 64);
        Half(file, 54, 56);
        Half(file, 56, 2);
        Segment(file, 64, type: 1, offset: 0, address: LoadedAt, size: FileBytes);
        Segment(file, 120, type: 2, DynamicAt, LoadedAt + DynamicAt, size: 512);
        var strings = new StringTable(file);
        var entries = libraries.Select(library => (Tag: 1L, Value: (ulong)strings.Add(library))).ToList();
        entries.AddRange([(5, LoadedAt + StringsAt), (10, FileBytes - StringsAt), (0x6FFFFFFE, LoadedAt + VersionsAt), (0x6FFFFFFF, versions.Length == 0 ? 0UL : 1)]);
        for (var at = 0; at < entries.Count; at++)
        {
            Word(file, DynamicAt + (at * 16), (ulong)entries[at].Tag);
            Word(file, DynamicAt + (at * 16) + 8, entries[at].Value);
        }

        Half(file, VersionsAt + 2, (ushort)versions.Length);
        Int(file, VersionsAt + 8, 16);
        for (var at = 0; at < versions.Length; at++)
        {
            Int(file, VersionsAt + 16 + (at * 16) + 8, (uint)strings.Add(versions[at]));
            Int(file, VersionsAt + 16 + (at * 16) + 12, 16);
        }

        return file;
    }

    private static void Segment(byte[] file, int at, uint type, ulong offset, ulong address, ulong size)
    {
        Int(file, at, type);
        Word(file, at + 8, offset);
        Word(file, at + 16, address);
        Word(file, at + 32, size);
    }

    private static void Half(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    private static void Int(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

    private static void Word(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);

    private sealed class StringTable(byte[] file)
    {
        private int _end = 1;

        public int Add(string text)
        {
            var start = _end;
            _end += Encoding.ASCII.GetBytes(text, file.AsSpan(StringsAt + start)) + 1;
            return start;
        }
    }
}
