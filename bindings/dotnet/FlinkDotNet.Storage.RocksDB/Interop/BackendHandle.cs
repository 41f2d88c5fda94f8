namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_backend</c>.</summary>
internal sealed unsafe class BackendHandle : NativeHandle
{
    private BackendHandle(nint ticket)
        : base(ticket)
    {
    }

    /// <summary>Gets the ticket, for who must not keep the backend from its finalizer.</summary>
    public nint Ticket => handle;

    /// <summary>Opens a backend from its options document.</summary>
    public static BackendHandle Open(ReadOnlySpan<byte> options, ResourcesHandle? resources)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var shared = resources is null ? default : resources.Lease();
        nint backend = 0, error = 0;
        int status;
        fixed (byte* json = options)
        {
            status = NativeMethods.fsb_backend_open(json, (nuint)options.Length, shared.Pointer, &backend, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return new BackendHandle(backend);
    }

    /// <summary>Opens a backend with what a checkpoint of the store holds.</summary>
    public static BackendHandle Restore(
        ReadOnlySpan<byte> options, ResourcesHandle? resources, CheckpointStoreHandle store, ReadOnlySpan<byte> restore)
    {
        using var shared = resources is null ? default : resources.Lease();
        using var source = store.Lease();
        nint backend = 0, error = 0;
        int status;
        fixed (byte* json = options, how = restore)
        {
            status = NativeMethods.fsb_backend_restore(
                json, (nuint)options.Length, shared.Pointer, source.Pointer, how, (nuint)restore.Length, &backend, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return new BackendHandle(backend);
    }

    /// <summary>Opens a backend with its part of what checkpoints of several stores hold.</summary>
    public static BackendHandle Rescale(
        ReadOnlySpan<byte> options, ResourcesHandle? resources, CheckpointStoreHandle[] stores, ReadOnlySpan<byte> rescale)
    {
        using var shared = resources is null ? default : resources.Lease();
        var tickets = Array.ConvertAll(stores, static store => store.Lease().Pointer);
        nint backend = 0, error = 0;
        int status;
        fixed (byte* json = options, how = rescale)
        fixed (nint* sources = tickets)
        {
            status = NativeMethods.fsb_backend_rescale(
                json, (nuint)options.Length, shared.Pointer, sources, (nuint)tickets.Length, how, (nuint)rescale.Length, &backend, &error);
        }

        // What the leases would do.
        GC.KeepAlive(stores);
        StatusCheck.ThrowOnFailure(status, error);
        return new BackendHandle(backend);
    }

    /// <summary>Checks options as opening a backend does, and opens none.</summary>
    public static void CheckOptions(ReadOnlySpan<byte> options)
    {
        NativeLibraryLoader.EnsureLoaded();
        nint error = 0;
        int status;
        fixed (byte* json = options) status = NativeMethods.fsb_options_check(json, (nuint)options.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Closes the backend; false when calls were still in flight at the deadline.</summary>
    public bool Close(ulong timeoutMillis)
    {
        using var lease = Lease();
        nint error = 0;
        var status = NativeMethods.fsb_backend_close(lease.Pointer, timeoutMillis, &error);
        if (status == (int)StateBackendStatus.TimedOut)
        {
            _ = StatusCheck.TakeFailure(StateBackendStatus.TimedOut, error);
            return false;
        }

        StatusCheck.ThrowOnFailure(status, error);
        return true;
    }

    /// <summary>Reads the options in force as JSON.</summary>
    public string OptionsJson()
    {
        using var lease = Lease();
        nint json = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_options_json(lease.Pointer, &json, &error), error);
        return OwnedBuffer.TakeText(json);
    }

    /// <summary>Changes options while the backend runs.</summary>
    public void SetOptions(ReadOnlySpan<byte> options)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* json = options) status = NativeMethods.fsb_backend_set_options(lease.Pointer, json, (nuint)options.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Opens a column family that exists.</summary>
    public ColumnFamilyHandle ColumnFamily(string familyName)
    {
        var encoded = Utf8.Encode(familyName);
        using var lease = Lease();
        nint family = 0, error = 0;
        int status;
        fixed (byte* name = encoded)
        {
            status = NativeMethods.fsb_backend_column_family(lease.Pointer, name, (nuint)encoded.Length, &family, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return new ColumnFamilyHandle(family, familyName);
    }

    /// <summary>Creates a column family.</summary>
    public ColumnFamilyHandle CreateColumnFamily(string familyName, ReadOnlySpan<byte> options)
    {
        var encoded = Utf8.Encode(familyName);
        using var lease = Lease();
        nint family = 0, error = 0;
        int status;
        fixed (byte* name = encoded, json = options)
        {
            status = NativeMethods.fsb_backend_create_column_family(
                lease.Pointer, name, (nuint)encoded.Length, json, (nuint)options.Length, &family, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return new ColumnFamilyHandle(family, familyName);
    }

    /// <summary>Drops a column family and its rows.</summary>
    public void DropColumnFamily(string familyName)
    {
        var encoded = Utf8.Encode(familyName);
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* name = encoded) status = NativeMethods.fsb_backend_drop_column_family(lease.Pointer, name, (nuint)encoded.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Lists the column families as a JSON array of names.</summary>
    public string ColumnFamiliesJson()
    {
        using var lease = Lease();
        nint json = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_list_column_families(lease.Pointer, &json, &error), error);
        return OwnedBuffer.TakeText(json);
    }

    /// <summary>Writes the records of a packed batch, all or none.</summary>
    public void Write(ReadOnlySpan<byte> records)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* batch = records) status = NativeMethods.fsb_backend_write(lease.Pointer, batch, (nuint)records.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>As <see cref="Write"/>; false where that would wait because the engine delays or stops writes.</summary>
    public bool TryWrite(ReadOnlySpan<byte> records)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* batch = records) status = NativeMethods.fsb_backend_try_write(lease.Pointer, batch, (nuint)records.Length, &error);
        if (status == (int)StateBackendStatus.Stalled)
        {
            _ = StatusCheck.TakeFailure(StateBackendStatus.Stalled, error);
            return false;
        }

        StatusCheck.ThrowOnFailure(status, error);
        return true;
    }

    /// <summary>Takes a snapshot.</summary>
    public NativeSnapshotHandle Snapshot()
    {
        using var lease = Lease();
        nint snapshot = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_snapshot(lease.Pointer, &snapshot, &error), error);
        return new NativeSnapshotHandle(snapshot);
    }

    /// <summary>Opens keyed state.</summary>
    public KeyedBackendHandle OpenKeyed(ReadOnlySpan<byte> options)
    {
        using var lease = Lease();
        nint keyed = 0, error = 0;
        int status;
        fixed (byte* json = options) status = NativeMethods.fsb_keyed_backend_open(lease.Pointer, json, (nuint)options.Length, &keyed, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new KeyedBackendHandle(keyed);
    }

    /// <summary>Registers an operator state and opens it.</summary>
    public StateHandle OpenOperatorState(ReadOnlySpan<byte> descriptor)
    {
        using var lease = Lease();
        nint state = 0, error = 0;
        int status;
        fixed (byte* json = descriptor)
        {
            status = NativeMethods.fsb_operator_state_open(lease.Pointer, json, (nuint)descriptor.Length, &state, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return new StateHandle(state);
    }

    /// <summary>Flushes all column families.</summary>
    public void Flush()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_flush(lease.Pointer, &error), error);
    }

    /// <summary>Brings the write-ahead log to disk.</summary>
    public void SyncWal()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_sync_wal(lease.Pointer, &error), error);
    }

    /// <summary>Verifies the checksums of all files.</summary>
    public void VerifyChecksums()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_verify_checksums(lease.Pointer, &error), error);
    }

    /// <summary>Reads a property of the engine; null when it has none of that name.</summary>
    public string? Property(string propertyName)
    {
        var encoded = Utf8.Encode(propertyName);
        using var lease = Lease();
        nint value = 0, error = 0;
        int status;
        fixed (byte* name = encoded) status = NativeMethods.fsb_backend_property(lease.Pointer, name, (nuint)encoded.Length, &value, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return status == (int)StateBackendStatus.Ok ? OwnedBuffer.TakeText(value) : null;
    }

    /// <summary>Reads the statistics of this moment.</summary>
    public fsb_statistics Statistics()
    {
        using var lease = Lease();
        var statistics = new fsb_statistics { struct_size = (uint)sizeof(fsb_statistics) };
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_statistics(lease.Pointer, &statistics, &error), error);
        return statistics;
    }

    /// <summary>Reads the pressure of this moment.</summary>
    public fsb_pressure Pressure()
    {
        using var lease = Lease();
        var pressure = new fsb_pressure { struct_size = (uint)sizeof(fsb_pressure) };
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_pressure(lease.Pointer, &pressure, &error), error);
        return pressure;
    }

    /// <summary>Has the figures written into the data folder, again after every interval; 0 ends that.</summary>
    public void PublishFigures(ulong intervalMillis)
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_publish_figures(lease.Pointer, intervalMillis, &error), error);
    }

    /// <summary>Tells that a checkpoint is complete everywhere.</summary>
    public void NotifyCheckpointComplete(ulong id)
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_notify_checkpoint_complete(lease.Pointer, id, &error), error);
    }

    /// <summary>Tells that a checkpoint is not to be.</summary>
    public void NotifyCheckpointAborted(ulong id)
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_notify_checkpoint_aborted(lease.Pointer, id, &error), error);
    }

    /// <summary>Takes events of an open or closed backend out of its queue; never waits and never throws.</summary>
    public static StateBackendStatus DrainEvents(nint ticket, Span<byte> page, out int length, out ulong droppedCount)
    {
        nuint size = 0, records = 0;
        ulong dropped = 0;
        int status;
        fixed (byte* target = page)
        {
            status = NativeMethods.fsb_backend_drain_events(ticket, target, (nuint)page.Length, &size, &records, &dropped, null);
        }

        length = checked((int)size);
        droppedCount = dropped;
        return (StateBackendStatus)status;
    }

    /// <summary>Reads a ticker of the engine.</summary>
    public ulong Ticker(string tickerName)
    {
        var encoded = Utf8.Encode(tickerName);
        using var lease = Lease();
        ulong count = 0;
        nint error = 0;
        int status;
        fixed (byte* name = encoded) status = NativeMethods.fsb_backend_ticker(lease.Pointer, name, (nuint)encoded.Length, &count, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return count;
    }

    /// <summary>Reads a histogram of the engine.</summary>
    public fsb_histogram Histogram(string histogramName)
    {
        var encoded = Utf8.Encode(histogramName);
        using var lease = Lease();
        var histogram = new fsb_histogram { struct_size = (uint)sizeof(fsb_histogram) };
        nint error = 0;
        int status;
        fixed (byte* name = encoded)
        {
            status = NativeMethods.fsb_backend_histogram(lease.Pointer, name, (nuint)encoded.Length, &histogram, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return histogram;
    }

    /// <summary>Lists the names of tickers and histograms as a JSON object.</summary>
    public string StatisticsJson()
    {
        using var lease = Lease();
        nint json = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_list_statistics(lease.Pointer, &json, &error), error);
        return OwnedBuffer.TakeText(json);
    }

    /// <summary>Reads what opening recovered.</summary>
    public fsb_recovery Recovery()
    {
        using var lease = Lease();
        var recovery = new fsb_recovery { struct_size = (uint)sizeof(fsb_recovery) };
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_backend_recovery(lease.Pointer, &recovery, &error), error);
        return recovery;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_backend_free(ticket);
}
