using System.Buffers.Binary;
using System.Text;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>
/// The libraries and versions of symbols that a 64-bit little-endian ELF file needs, read by its program headers, as the loader does. A
/// damaged file says nothing, which is no failure here: the loader's own words are in the message too.
/// </summary>
internal sealed class ElfNeeds
{
    private const int LargestTableBytes = 1 << 20;
    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;
    private const long NeededTag = 1;
    private const long StringsTag = 5;
    private const long StringsSizeTag = 10;
    private const long VersionsTag = 0x6FFFFFFE;
    private const long VersionCountTag = 0x6FFFFFFF;

    private readonly Stream _file;
    private readonly List<(ulong Address, ulong Offset, ulong Size)> _loaded = [];
    private readonly List<(long Tag, ulong Value)> _dynamic = [];
    private byte[] _strings = [];

    private ElfNeeds(Stream file) => _file = file;

    /// <summary>Gets whether musl is among the libraries.</summary>
    public bool Musl { get; private set; }

    /// <summary>Gets the newest version of glibc; null when it is not among the libraries.</summary>
    public Version? Glibc { get; private set; }

    /// <summary>Reads what a file needs.</summary>
    public static ElfNeeds Read(Stream file)
    {
        var needs = new ElfNeeds(file);
        try
        {
            needs.ReadSegments();
            needs.ReadStrings();
            needs.Musl = needs._dynamic.Any(entry => entry.Tag == NeededTag && needs.Text(entry.Value).StartsWith("libc.musl", StringComparison.Ordinal));
            needs.ReadVersions();
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or OverflowException)
        {
            // Beyond its end, or absurd: it says no more than what has been read.
        }

        return needs;
    }

    private void ReadSegments()
    {
        var head = At(0, 64);
        if (head[4] != 2 || head[5] != 1) return;
        var size = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(54));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(56));
        var segments = At(Word(head, 32), size * count);
        for (var at = 0; at < segments.Length; at += size)
        {
            var segment = segments.AsSpan(at, size).ToArray();
            var type = BinaryPrimitives.ReadUInt32LittleEndian(segment);
            if (type == LoadSegment) _loaded.Add((Word(segment, 16), Word(segment, 8), Word(segment, 32)));
            if (type == DynamicSegment) ReadDynamic(At(Word(segment, 8), checked((int)Word(segment, 32))));
        }
    }

    private void ReadDynamic(byte[] entries)
    {
        for (var at = 0; at + 16 <= entries.Length; at += 16) _dynamic.Add(((long)Word(entries, at), Word(entries, at + 8)));
    }

    private void ReadStrings() => _strings = At(Offset(Value(StringsTag)), checked((int)Value(StringsSizeTag)));

    /// <summary>Walks the table of needed versions: a chain of libraries, each with a chain of versions.</summary>
    private void ReadVersions()
    {
        var library = Offset(Value(VersionsTag));
        for (var libraries = Value(VersionCountTag); libraries > 0; libraries--)
        {
            var head = At(library, 16);
            var version = library + Half(head, 8);
            for (var versions = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(2)); versions > 0; versions--)
            {
                var entry = At(version, 16);
                Note(Text(Half(entry, 8)));
                version += Half(entry, 12);
            }

            library += Half(head, 12);
        }
    }

    private void Note(string symbolVersion)
    {
        const string Prefix = "GLIBC_";
        if (!symbolVersion.StartsWith(Prefix, StringComparison.Ordinal) || !Version.TryParse(symbolVersion[Prefix.Length..], out var version)) return;
        if (Glibc is null || version > Glibc) Glibc = version;
    }

    private ulong Value(long tag) => _dynamic.FirstOrDefault(entry => entry.Tag == tag).Value;

    private ulong Offset(ulong address)
    {
        var (start, offset, _) = _loaded.First(segment => address >= segment.Address && address - segment.Address < segment.Size);
        return offset + (address - start);
    }

    private byte[] At(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)LargestTableBytes);
        var bytes = new byte[length];
        _file.Position = checked((long)offset);
        _file.ReadExactly(bytes);
        return bytes;
    }

    private string Text(ulong offset)
    {
        var text = _strings.AsSpan(checked((int)offset));
        return Encoding.ASCII.GetString(text[..Math.Max(0, text.IndexOf((byte)0))]);
    }

    private static ulong Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));

    private static uint Half(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
