using System.Text.Json;

namespace FlinkDotNet.Storage.RocksDB;

/// <content>Column families, writes, snapshots and maintenance.</content>
public partial class RocksDBStateBackend
{
    private readonly Dictionary<string, RocksDBColumnFamily> _families = new(StringComparer.Ordinal);

    /// <summary>Gets a column family that exists. The same name gives the same object, which the backend owns.</summary>
    /// <param name="name">Name of the family.</param>
    /// <returns>The family.</returns>
    /// <exception cref="StateBackendColumnFamilyNotFoundException">There is no family of that name.</exception>
    public RocksDBColumnFamily ColumnFamily(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_families)
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            if (_families.TryGetValue(name, out var family)) return family;
            return _families[name] = new RocksDBColumnFamily(this, name, _handle.ColumnFamily(name));
        }
    }

    /// <summary>Creates a column family.</summary>
    /// <param name="name">Name of the family, at most 255 bytes.</param>
    /// <param name="options">What it has otherwise than the backend's options say; null for nothing.</param>
    /// <returns>The family.</returns>
    /// <exception cref="StateBackendColumnFamilyExistsException">There is a family of that name.</exception>
    /// <exception cref="ArgumentException">The name or an option is out of its range.</exception>
    public RocksDBColumnFamily CreateColumnFamily(string name, ColumnFamilyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_families)
        {
            var handle = _handle.CreateColumnFamily(name, options is null ? default : OptionsDocument.ColumnFamily(options));
            return _families[name] = new RocksDBColumnFamily(this, name, handle);
        }
    }

    /// <summary>
    /// Drops a column family and all its rows. Scans and pinned values that are under way end unharmed; other calls are refused.
    /// </summary>
    /// <param name="name">Name of the family; <c>default</c> cannot be dropped.</param>
    /// <exception cref="StateBackendColumnFamilyNotFoundException">There is no family of that name.</exception>
    /// <exception cref="ArgumentException">The family cannot be dropped.</exception>
    public void DropColumnFamily(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_families)
        {
            _handle.DropColumnFamily(name);
            if (_families.Remove(name, out var family)) family.Release(dropped: true);
        }
    }

    /// <summary>Lists the column families.</summary>
    /// <returns>Their names.</returns>
    public IReadOnlyList<string> ListColumnFamilies()
    {
        using var names = JsonDocument.Parse(_handle.ColumnFamiliesJson());
        return names.RootElement.EnumerateArray().Select(name => name.GetString()!).ToArray();
    }

    /// <summary>Applies the writes of a batch in their order, all or none. The batch stays as it is; clear it to reuse it.</summary>
    /// <param name="batch">The batch, with column families of this backend.</param>
    /// <exception cref="ArgumentException">The batch belongs to another backend, or a key or value is too long.</exception>
    public void Write(WriteBatch batch)
    {
        CheckOwner(batch);
        _handle.Write(batch.Records);
    }

    /// <summary>
    /// As <see cref="Write"/>, but refuses where that would wait because the engine delays or stops writes: for writers that wait for credits
    /// instead, whose deadlines bound the wait (<see cref="Credits.Refund"/>).
    /// </summary>
    /// <param name="batch">The batch, with column families of this backend.</param>
    /// <returns>False when the engine has no room: nothing was applied.</returns>
    /// <exception cref="ArgumentException">The batch belongs to another backend, or a key or value is too long.</exception>
    public bool TryWrite(WriteBatch batch)
    {
        CheckOwner(batch);
        return _handle.TryWrite(batch.Records);
    }

    /// <summary>Takes a snapshot of all column families at this moment.</summary>
    /// <returns>The snapshot, which the caller disposes.</returns>
    public RocksDBSnapshot CreateSnapshot() => new(_handle.Snapshot());

    /// <summary>Writes the memtables of all column families to files, together, and waits for it.</summary>
    public void Flush() => Tracing.Run("flush", DataDirectory, family: null, _handle.Flush);

    /// <summary>Brings the write-ahead log to disk and waits for it: what was written before survives a loss of power.</summary>
    /// <exception cref="ArgumentException">The backend keeps no write-ahead log (<see cref="WalMode.Disabled"/>).</exception>
    public void SyncWal() => _handle.SyncWal();

    /// <summary>Reads all files and verifies their checksums, which may take long.</summary>
    /// <exception cref="StateBackendCorruptionException">A file is damaged; the message names it.</exception>
    public void VerifyChecksums() => Tracing.Run("verify_checksums", DataDirectory, family: null, _handle.VerifyChecksums);

    /// <summary>Changes options while the backend runs. The change lasts until the backend is opened again with other options.</summary>
    /// <param name="options">What to change; null values stay.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public void SetOptions(RuntimeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _handle.SetOptions(OptionsDocument.Runtime(options));
    }

    /// <summary>
    /// Reads the options in force, after the engine has sanitised them, as one JSON document in the spelling of the library.
    /// </summary>
    /// <returns>The document.</returns>
    public string GetOptionsJson() => _handle.OptionsJson();

    /// <summary>Reads a property of the engine for the whole backend, such as <c>rocksdb.dbstats</c>.</summary>
    /// <param name="name">Name of the property.</param>
    /// <returns>Its text, or null when the engine has no such property.</returns>
    public string? Property(string name) => _handle.Property(name);

    private void CheckOwner(WriteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if ((batch.Backend ?? this) != this) throw new ArgumentException("The batch has column families of another backend.", nameof(batch));
    }

    /// <summary>Frees the backend and its families at once, so that none is handed out in between.</summary>
    private void ReleaseHandles()
    {
        lock (_operatorStates) _operatorStates.CloseAll();
        lock (_families)
        {
            foreach (var family in _families.Values) family.Release(dropped: false);
            _families.Clear();
            _handle.Dispose();
        }
    }
}
