namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_keyed_backend</c>.</summary>
internal sealed unsafe class KeyedBackendHandle(nint ticket) : NativeHandle(ticket)
{
    /// <summary>Makes a key the current one; a hash, when given, decides its key group.</summary>
    public void SetCurrentKey(ReadOnlySpan<byte> key, int? hash)
    {
        using var lease = Lease();
        var given = hash.GetValueOrDefault();
        nint error = 0;
        int status;
        fixed (byte* bytes = key)
        {
            status = NativeMethods.fsb_keyed_backend_set_current_key(lease.Pointer, bytes, (nuint)key.Length, hash.HasValue ? &given : null, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Leaves no key the current one.</summary>
    public void ClearCurrentKey()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_keyed_backend_clear_current_key(lease.Pointer, &error), error);
    }

    /// <summary>Makes a namespace the current one; no bytes are the void namespace.</summary>
    public void SetNamespace(ReadOnlySpan<byte> nameSpace)
    {
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* bytes = nameSpace)
        {
            status = NativeMethods.fsb_keyed_backend_set_namespace(lease.Pointer, bytes, (nuint)nameSpace.Length, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Moves a clock on.</summary>
    public void SetTime(byte time, long millis)
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_keyed_backend_set_time(lease.Pointer, time, millis, &error), error);
    }

    /// <summary>Writes what the row cache and the timer buffers hold back.</summary>
    public void Drain()
    {
        using var lease = Lease();
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_keyed_backend_drain(lease.Pointer, &error), error);
    }

    /// <summary>Reads the registered states as JSON.</summary>
    public string StatesJson()
    {
        using var lease = Lease();
        nint json = 0, error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_keyed_backend_states_json(lease.Pointer, &json, &error), error);
        return OwnedBuffer.TakeText(json);
    }

    /// <summary>Removes the rows and the registration of a state.</summary>
    public void DropState(string stateName)
    {
        var encoded = Utf8.Encode(stateName);
        using var lease = Lease();
        nint error = 0;
        int status;
        fixed (byte* name = encoded) status = NativeMethods.fsb_keyed_backend_drop_state(lease.Pointer, name, (nuint)encoded.Length, &error);
        StatusCheck.ThrowOnFailure(status, error);
    }

    /// <summary>Registers a state and opens it.</summary>
    public StateHandle OpenState(ReadOnlySpan<byte> descriptor)
    {
        using var lease = Lease();
        nint state = 0, error = 0;
        int status;
        fixed (byte* json = descriptor) status = NativeMethods.fsb_state_open(lease.Pointer, json, (nuint)descriptor.Length, &state, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new StateHandle(state);
    }

    /// <summary>Opens a timer service.</summary>
    public TimerServiceHandle OpenTimerService(string serviceName)
    {
        var encoded = Utf8.Encode(serviceName);
        using var lease = Lease();
        nint service = 0, error = 0;
        int status;
        fixed (byte* name = encoded) status = NativeMethods.fsb_timer_service_open(lease.Pointer, name, (nuint)encoded.Length, &service, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new TimerServiceHandle(service);
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_keyed_backend_free(ticket);
}
