using FlinkDotNet.Core.Abstractions.Storage;
using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A state backend in a folder of the local disk: named column families of rows, with batches that are atomic over families, scans and
/// snapshots. The constructor opens the folder, which no other backend can open until this one is disposed. Usable from any thread at once.
/// </summary>
/// <remarks>
/// Constructors log a failure to open and throw <see cref="InvalidOperationException"/> with the cause inside: a
/// <see cref="StateBackendException"/>, an <see cref="ArgumentException"/> for options, or a <see cref="StateBackendLibraryException"/>.
/// All other members, but for <see cref="GetStatistics"/> and disposing, throw <see cref="ObjectDisposedException"/> after dispose and
/// <see cref="StateBackendException"/> when the engine fails.
/// </remarks>
public partial class RocksDBStateBackend : IStateBackend, IAsyncDisposable, IDisposable
{
    private readonly ILogger _logger;
    private readonly BackendHandle _handle;
    private readonly EventPump? _events;
    private readonly CheckpointRuns _checkpoints;
    private TimeSpan _closeTimeout;
    private readonly object _closing = new();
    private readonly MeteredSubject<Figures> _metered;
    private volatile RocksDBStatistics _lastStatistics = new();

    /// <summary>Initializes a new instance of the <see cref="RocksDBStateBackend"/> class from bound options.</summary>
    /// <param name="options">
    /// The options; null, or null inside, stands for the folder <c>rocksdb-data</c> with the family <c>default</c>.
    /// </param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentNullException">The logger is null.</exception>
    /// <exception cref="InvalidOperationException">The backend could not be opened; the cause is inside.</exception>
    public RocksDBStateBackend(IOptions<RocksDBOptions> options, ILogger<RocksDBStateBackend> logger)
        : this(options?.Value ?? OptionsOfNobody(), logger)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="RocksDBStateBackend"/> class from a configuration.</summary>
    /// <param name="configuration">
    /// The configuration; null stands for the folder <c>rocksdb-data</c> with the family <c>default</c>.
    /// </param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentNullException">The logger is null.</exception>
    /// <exception cref="InvalidOperationException">The backend could not be opened; the cause is inside.</exception>
    public RocksDBStateBackend(RocksDBConfiguration configuration, ILogger<RocksDBStateBackend> logger)
        : this(configuration, (ILogger)logger)
    {
    }

    /// <inheritdoc cref="RocksDBStateBackend(RocksDBConfiguration, ILogger{RocksDBStateBackend})"/>
    public RocksDBStateBackend(RocksDBConfiguration configuration, ILogger logger)
        : this(configuration?.ToOptions() ?? OptionsOfNobody(), logger)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="RocksDBStateBackend"/> class.</summary>
    /// <param name="options">The options; read once, later changes to the object do nothing.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="resources">Cache and limits to share with other backends; null for the backend's own.</param>
    /// <exception cref="ArgumentNullException">The options or the logger are null.</exception>
    /// <exception cref="InvalidOperationException">The backend could not be opened; the cause is inside.</exception>
    public RocksDBStateBackend(RocksDBOptions options, ILogger logger, SharedResources? resources = null)
        : this(options, logger, resources, OpenedFromRestore.Of(options?.RestoreFrom))
    {
    }

    private RocksDBStateBackend(RocksDBOptions options, ILogger logger, SharedResources? resources, OpenedFrom? from)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        _logger = logger;
        DataDirectory = options.DataDirectory;
        _closeTimeout = options.CloseTimeout;
        using var traced = Tracing.Start(from?.Operation ?? "open", DataDirectory);
        try
        {
            var snapshots = RocksDBOptionsValidator.Check(options);
            Snapshots = new StateSnapshotStore(snapshots, CheckpointRuns.IsUrl(snapshots) ? options.ObjectStoreSettings.AsReadOnly() : null);
            from?.Check();
            EventPump.CheckPeriod(options.EventLogPeriod);
            _checkpoints = new CheckpointRuns(options);
            _handle = OpenHandle(options, resources?.Handle, from, traced);
            Recovery = ReadRecovery();
            _events = EventPump.Start(_handle, logger, options);
            Log.Opened(logger, DataDirectory, string.Join(", ", ListColumnFamilies()));
            _metered = BackendMeter.Shared.Add(DataDirectory, ReadFigures);
        }
        catch (Exception exception)
        {
            _events?.Dispose();
            _handle?.Dispose();
            _checkpoints?.Dispose();
            traced.Fail(exception);
            Log.OpenFailed(logger, DataDirectory, exception);
            throw new InvalidOperationException($"The state backend could not be opened at {DataDirectory}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Gets the store for snapshots of operators: files in <see cref="RocksDBOptions.SnapshotDirectory"/>, usable also after dispose.
    /// </summary>
    public IStateSnapshotStore SnapshotStore => Snapshots;

    /// <summary>Gets the same store with all that it can do: writers and readers of named states, and deletion.</summary>
    public StateSnapshotStore Snapshots { get; }

    /// <summary>Gets the folder of the state as the options name it.</summary>
    public string DataDirectory { get; }

    /// <summary>Gets what opening found in the folder.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>Ends at once: the constructor has opened the backend. Kept for code that calls it.</summary>
    /// <returns>An ended task.</returns>
    public Task InitializeAsync()
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Reads the figures of this moment. Never throws: after dispose, or when the backend does not answer, the last figures read are
    /// served, marked <see cref="RocksDBStatistics.IsStale"/>.
    /// </summary>
    /// <returns>Figures that belong to the caller.</returns>
    public RocksDBStatistics GetStatistics() => TryReadStatistics() ?? _lastStatistics.ToStale();

    /// <summary>Closes the backend like <see cref="Dispose()"/>, off the caller's thread.</summary>
    /// <returns>A task that ends when the backend is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await Task.Run(Dispose).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the backend as <see cref="DisposeAsync"/> does, but waits no longer than this for calls in flight.</summary>
    internal ValueTask CloseAsync(TimeSpan within)
    {
        lock (_closing)
        {
            if (_closeTimeout == Timeout.InfiniteTimeSpan || _closeTimeout > within) _closeTimeout = within;
        }

        return DisposeAsync();
    }

    /// <summary>
    /// Closes the backend: refuses new calls, waits for those in flight up to <see cref="RocksDBOptions.CloseTimeout"/>, and frees what it
    /// owns. Calls that take longer end unharmed, and the engine closes after the last of them. A second time does nothing.
    /// </summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the backend.</summary>
    /// <param name="disposing">True from <see cref="Dispose()"/>; the class has no finalizer, native objects have their own.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        lock (_closing)
        {
            if (_handle.IsClosed) return;
            _checkpoints.CancelAll();
            BackendMeter.Shared.Remove(_metered);
            _ = TryReadStatistics();
            Close();
            _events?.Dispose();
            ReleaseHandles();
            _checkpoints.Dispose();
        }
    }

    private static RocksDBOptions OptionsOfNobody() => new() { ColumnFamilies = ["default"] };

    private BackendHandle OpenHandle(RocksDBOptions options, ResourcesHandle? resources, OpenedFrom? from, TracedOperation traced)
    {
        var document = OptionsDocument.Open(options, resources is not null, EventPump.HasLogger(_logger));
        if (from is null) return BackendHandle.Open(document, resources);
        var handle = from.Open(_checkpoints, options, document, resources, out var id);
        RestoredCheckpointId = id;
        if (id is { } restored) traced.IsOf(restored);
        from.Report(_logger, DataDirectory, id);
        return handle;
    }

    private RecoveryReport ReadRecovery()
    {
        var native = _handle.Recovery();
        var report = new RecoveryReport(native.last_sequence, native.recorded_sequence, native.wal_dropped_bytes, native.wal_dropped_records);
        if (report.HasDropped)
        {
            Log.RecoveryDropped(_logger, DataDirectory, report.WalDroppedBytes, report.WalDroppedRecords, report.LastSequence);
        }

        return report;
    }

    private RocksDBStatistics? TryReadStatistics()
    {
        try
        {
            var statistics = StatisticsReading.From(_handle.Statistics());
            _lastStatistics = statistics.ToStale();
            return statistics;
        }
        catch (Exception exception) when (exception is StateBackendException or ObjectDisposedException)
        {
            Log.StatisticsUnavailable(_logger, DataDirectory, exception);
            return null;
        }
    }

    private void Close()
    {
        using var traced = Tracing.Start("close", DataDirectory);
        try
        {
            var millis = _closeTimeout == Timeout.InfiniteTimeSpan ? ulong.MaxValue : (ulong)_closeTimeout.TotalMilliseconds;
            if (_handle.Close(millis))
            {
                Log.Closed(_logger, DataDirectory);
                return;
            }

            Log.CloseTimedOut(_logger, DataDirectory, _closeTimeout.TotalMilliseconds);
            traced.Fail("Calls were still in flight at the deadline.");
        }
        catch (Exception exception) when (exception is StateBackendException or ObjectDisposedException)
        {
            Log.CloseFailed(_logger, DataDirectory, exception);
            traced.Fail(exception);
        }
    }
}
