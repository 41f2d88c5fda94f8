namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_timer_service</c>.</summary>
internal sealed unsafe class TimerServiceHandle(nint ticket) : NativeHandle(ticket)
{
    /// <summary>Registers packed timers.</summary>
    public void Register(ReadOnlySpan<byte> timers)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* packed = timers) status = NativeMethods.fsb_timer_service_register(lease.Pointer, packed, (nuint)timers.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Deletes packed timers; absent ones are fine.</summary>
    public void Delete(ReadOnlySpan<byte> timers)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* packed = timers) status = NativeMethods.fsb_timer_service_delete(lease.Pointer, packed, (nuint)timers.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Reads the earliest timestamp; null when there is no timer.</summary>
    public long? Next(byte time)
    {
        using var lease = Lease();
        long timestamp = 0;
        nint error = 0;
        var status = NativeMethods.fsb_timer_service_next(lease.Pointer, time, &timestamp, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return status == (int)StateBackendStatus.Ok ? timestamp : null;
    }

    /// <summary>Counts the timers, reading all of them.</summary>
    public long Count(byte time)
    {
        using var lease = Lease();
        ulong count = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_timer_service_count(lease.Pointer, time, &count, &error), error);
        return checked((long)count);
    }

    /// <summary>
    /// Fills a page with the timers due up to a time, of one key or of all, and removes them when asked to. Answers OK or too small, then
    /// with the size of one timer and nothing removed.
    /// </summary>
    public StateBackendStatus Due(in DueTimers due, Span<byte> page, out int length, out int timerCount)
    {
        using var lease = Lease();
        var given = due.HashOfKey.GetValueOrDefault();
        nuint size = 0, timers = 0;
        nint error = 0;
        int status;
        fixed (byte* key = due.Key, target = page)
        {
            var query = new fsb_timer_query
            {
                struct_size = (uint)sizeof(fsb_timer_query),
                time = due.Time,
                remove = due.Remove ? (byte)1 : (byte)0,
                has_key = due.OfOneKey ? (byte)1 : (byte)0,
                up_to = due.UpTo,
                key = key,
                key_length = (nuint)due.Key.Length,
                hash = due.HashOfKey.HasValue ? &given : null,
            };
            status = NativeMethods.fsb_timer_service_due(lease.Pointer, &query, target, (nuint)page.Length, &size, &timers, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        length = checked((int)size);
        timerCount = checked((int)timers);
        return (StateBackendStatus)status;
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_timer_service_free(ticket);
}
