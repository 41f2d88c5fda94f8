namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Owns an <c>fsb_resources</c>.</summary>
internal sealed class ResourcesHandle : NativeHandle
{
    private ResourcesHandle(nint ticket)
        : base(ticket)
    {
    }

    /// <summary>Creates shared resources from their options document.</summary>
    public static unsafe ResourcesHandle Create(ReadOnlySpan<byte> options)
    {
        NativeLibraryLoader.EnsureLoaded();
        nint resources = 0, error = 0;
        int status;
        fixed (byte* json = options) status = NativeMethods.fsb_resources_create(json, (nuint)options.Length, &resources, &error);
        StatusCheck.ThrowOnFailure(status, error);
        return new ResourcesHandle(resources);
    }

    /// <inheritdoc/>
    protected override int Free(nint ticket) => NativeMethods.fsb_resources_free(ticket);
}
