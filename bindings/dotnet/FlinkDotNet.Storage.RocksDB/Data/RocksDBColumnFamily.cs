using System.Buffers;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// One column family of a <see cref="RocksDBStateBackend"/>: rows of a key and a value, ordered by the bytes of the keys. Usable from any
/// thread at once. It belongs to its backend, which disposes it; there is nothing to free.
/// </summary>
/// <remarks>
/// Every method throws <see cref="ObjectDisposedException"/> after the backend is disposed,
/// <see cref="StateBackendColumnFamilyNotFoundException"/> after the family is dropped, and <see cref="StateBackendException"/> when the
/// engine fails. Keys are at most 64 KiB, values at most 64 MiB. No method that takes spans allocates.
/// </remarks>
public sealed class RocksDBColumnFamily
{
    private const int StackValueBytes = 512;

    private readonly ColumnFamilyHandle _handle;

    /// <summary>Initializes a new instance of the <see cref="RocksDBColumnFamily"/> class.</summary>
    internal RocksDBColumnFamily(RocksDBStateBackend backend, string name, ColumnFamilyHandle handle)
    {
        Backend = backend;
        Name = name;
        _handle = handle;
        try
        {
            Id = handle.Id();
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Gets the name of the family.</summary>
    public string Name { get; }

    /// <summary>Gets the backend that the family belongs to.</summary>
    internal RocksDBStateBackend Backend { get; }

    /// <summary>Gets the number that stands for the family in a packed batch.</summary>
    internal uint Id { get; }

    /// <summary>Writes a row; one with the same key is replaced.</summary>
    /// <param name="key">Key of the row.</param>
    /// <param name="value">Value of the row.</param>
    /// <exception cref="ArgumentException">The key or the value is too long.</exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _handle.Put(key, value);

    /// <summary>Deletes a row; an absent key does nothing.</summary>
    /// <param name="key">Key of the row.</param>
    public void Delete(ReadOnlySpan<byte> key) => _handle.Delete(key);

    /// <summary>Deletes all rows of a range.</summary>
    /// <param name="begin">First key to delete.</param>
    /// <param name="end">First key to keep.</param>
    /// <exception cref="ArgumentException">The end is before the beginning.</exception>
    public void DeleteRange(ReadOnlySpan<byte> begin, ReadOnlySpan<byte> end) => _handle.DeleteRange(begin, end);

    /// <summary>Copies a value into the caller's memory.</summary>
    /// <param name="key">Key of the row.</param>
    /// <param name="destination">Where the value goes; untouched unless the answer is <see cref="ReadResult.Found"/>.</param>
    /// <param name="written">Size of the value in bytes, also when it does not fit; 0 when there is none.</param>
    /// <param name="snapshot">What to read; null is the present.</param>
    /// <returns>Whether the value was copied, is absent, or does not fit.</returns>
    public ReadResult TryGet(ReadOnlySpan<byte> key, Span<byte> destination, out int written, RocksDBSnapshot? snapshot = null) =>
        _handle.Get(snapshot?.Handle, key, destination, out written) switch
        {
            StateBackendStatus.Ok => ReadResult.Found,
            StateBackendStatus.NotFound => ReadResult.Absent,
            _ => ReadResult.TooSmall,
        };

    /// <summary>Reads a value into a new array.</summary>
    /// <param name="key">Key of the row.</param>
    /// <param name="snapshot">What to read; null is the present.</param>
    /// <returns>The value, or null when there is none.</returns>
    public byte[]? Get(ReadOnlySpan<byte> key, RocksDBSnapshot? snapshot = null)
    {
        Span<byte> guess = stackalloc byte[StackValueBytes];
        var result = TryGet(key, guess, out var length, snapshot);
        if (result != ReadResult.TooSmall) return result == ReadResult.Found ? guess[..length].ToArray() : null;
        using var value = TryGetPinned(key, snapshot);
        return value.Found ? value.Value.ToArray() : null;
    }

    /// <summary>Appends a value to a writer.</summary>
    /// <param name="key">Key of the row.</param>
    /// <param name="destination">Where the value goes; untouched when there is none.</param>
    /// <param name="snapshot">What to read; null is the present.</param>
    /// <returns>Whether there is a value.</returns>
    public bool Get(ReadOnlySpan<byte> key, IBufferWriter<byte> destination, RocksDBSnapshot? snapshot = null)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var result = TryGet(key, destination.GetSpan(), out var length, snapshot);
        while (result == ReadResult.TooSmall) result = TryGet(key, destination.GetSpan(length), out length, snapshot);
        if (result == ReadResult.Absent) return false;
        destination.Advance(length);
        return true;
    }

    /// <summary>
    /// Reads a value in place. Worth it for values of many kilobytes; small ones are faster copied by <see cref="TryGet"/>.
    /// </summary>
    /// <param name="key">Key of the row.</param>
    /// <param name="snapshot">What to read; null is the present.</param>
    /// <returns>The value or nothing; dispose it in either case.</returns>
    public PinnedValue TryGetPinned(ReadOnlySpan<byte> key, RocksDBSnapshot? snapshot = null)
    {
        var view = _handle.GetView(snapshot?.Handle, key);
        if (view == 0) return default;
        var handle = ViewHandle.Rent();
        return new PinnedValue(handle, handle.Own(view));
    }

    /// <summary>Says whether a key has a row, without reading its value.</summary>
    /// <param name="key">Key of the row.</param>
    /// <param name="snapshot">What to read; null is the present.</param>
    /// <returns>Whether there is a row.</returns>
    public bool Contains(ReadOnlySpan<byte> key, RocksDBSnapshot? snapshot = null) => _handle.Contains(snapshot?.Handle, key);

    /// <summary>Reads the values of many keys in one call.</summary>
    /// <param name="keys">The keys; receives the values.</param>
    /// <param name="snapshot">What to read; null is the present.</param>
    public void MultiGet(MultiGet keys, RocksDBSnapshot? snapshot = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        keys.Execute(_handle, snapshot?.Handle);
    }

    /// <summary>Scans rows in the order of their keys, or backwards.</summary>
    /// <param name="options">Which rows; the default is all of them.</param>
    /// <returns>The scan, for <c>foreach</c>; otherwise dispose it.</returns>
    public RowScan Scan(scoped ScanOptions options = default) => new(ScanCursor.Open(_handle, options));

    /// <summary>
    /// Scans rows page by page, for scans of so many that the caller's thread should not wait for the disk: threads of the pool fetch the
    /// pages. The scan begins when the first page is asked for; until it ends it holds the rows as they were then.
    /// </summary>
    /// <param name="options">Which rows; the default is all of them. Default size of a page 256 KiB.</param>
    /// <param name="cancellationToken">Ends the scan before its next page.</param>
    /// <returns>The pages, for <c>await foreach</c>; each is valid until the next.</returns>
    /// <exception cref="OperationCanceledException">The scan was cancelled.</exception>
    public IAsyncEnumerable<RowPage> ScanAsync(scoped ScanOptions options = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.PageSizeBytes);
        return new LongScan(_handle, options).Pages(cancellationToken);
    }

    /// <summary>Writes the memtables of the family to files and waits for it.</summary>
    public void Flush() => Tracing.Run("flush", Backend.DataDirectory, Name, _handle.Flush);

    /// <summary>Compacts a range of the family and waits for it, which may take long.</summary>
    /// <param name="begin">First key; empty is from the start.</param>
    /// <param name="end">Last key; empty is to the end.</param>
    /// <exception cref="ArgumentException">The end is before the beginning.</exception>
    public void Compact(ReadOnlySpan<byte> begin = default, ReadOnlySpan<byte> end = default)
    {
        using var traced = Tracing.Start("compact", Backend.DataDirectory, Name);
        try
        {
            _handle.Compact(begin, end);
        }
        catch (Exception exception)
        {
            traced.Fail(exception);
            throw;
        }
    }

    /// <summary>
    /// Changes options of the family while it runs. The change lasts until the backend is opened again with other options.
    /// </summary>
    /// <param name="options">What to change; null values stay.</param>
    /// <exception cref="ArgumentException">An option is out of its range or cannot be changed while the family runs.</exception>
    public void SetOptions(ColumnFamilyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _handle.SetOptions(OptionsDocument.ColumnFamily(options));
    }

    /// <summary>Reads a property of the engine for this family, such as <c>rocksdb.estimate-num-keys</c>.</summary>
    /// <param name="name">Name of the property.</param>
    /// <returns>Its text, or null when the engine has no such property.</returns>
    public string? Property(string name) => _handle.Property(name);

    /// <summary>Frees the native object, at the end of the backend or when the family has been dropped.</summary>
    internal void Release(bool dropped)
    {
        if (dropped) _handle.DisposeDropped();
        else _handle.Dispose();
    }
}
