using System.Buffers.Binary;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Some rows of a long scan, made by <see cref="RocksDBColumnFamily.ScanAsync"/>: use it in <c>foreach</c>, also in an asynchronous method.
/// It is valid until the scan moves on. Usable from one thread at a time.
/// </summary>
public sealed class RowPage
{
    private readonly byte[] _rows;

    /// <summary>Initializes a new instance of the <see cref="RowPage"/> class.</summary>
    internal RowPage(byte[] rows, int count)
    {
        _rows = rows;
        Count = count;
    }

    /// <summary>Gets the number of rows, at least 1; 0 once the scan has moved on.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the rows, for <c>foreach</c>.</summary>
    /// <returns>An enumerator over them.</returns>
    /// <exception cref="ObjectDisposedException">The scan has moved on, or has ended.</exception>
    public Enumerator GetEnumerator()
    {
        ObjectDisposedException.ThrowIf(Count == 0, this);
        return new Enumerator(_rows, Count);
    }

    /// <summary>Ends the page: its memory is the next one's.</summary>
    internal void End() => Count = 0;

    /// <summary>Goes over the rows of a page.</summary>
    public struct Enumerator
    {
        private const int HeaderBytes = 2 * sizeof(uint);

        private readonly byte[] _rows;
        private int _count;
        private int _next;

        /// <summary>Initializes a new instance of the <see cref="Enumerator"/> struct.</summary>
        internal Enumerator(byte[] rows, int count)
        {
            _rows = rows;
            _count = count;
        }

        /// <summary>Gets the row that <see cref="MoveNext"/> moved to.</summary>
        public PageRow Current { get; private set; }

        /// <summary>Moves to the next row.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            if (_count == 0) return false;
            _count--;
            var keyLength = BinaryPrimitives.ReadInt32LittleEndian(_rows.AsSpan(_next));
            var valueLength = BinaryPrimitives.ReadInt32LittleEndian(_rows.AsSpan(_next + sizeof(uint)));
            var key = _next + HeaderBytes;
            Current = new PageRow(_rows.AsMemory(key, keyLength), _rows.AsMemory(key + keyLength, valueLength));
            _next = key + keyLength + valueLength;
            return true;
        }
    }
}
