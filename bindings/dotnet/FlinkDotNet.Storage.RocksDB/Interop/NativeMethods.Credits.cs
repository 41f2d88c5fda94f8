using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <content>Flow control: credit pools, their channels, and delays before another try.</content>
internal static unsafe partial class NativeMethods
{
    internal const long FSB_NO_DEADLINE = long.MaxValue;

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_create(byte* optionsJson, nuint optionsJsonLength, nint* pool, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_close(nint pool, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_free(nint pool);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_set_limit(nint pool, ulong limit, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_attach(nint pool, nint backend, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_detach(nint pool, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_figures(nint pool, fsb_credit_figures* figures, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_pool_next_completions(
        nint pool, long timeoutMillis, fsb_credit_completion* completions, nuint capacity, nuint* count, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_open(
        nint pool, byte* name, nuint nameLength, ulong exclusive, nint* channel, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_free(nint channel);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_request(nint channel, ulong credits, ulong* granted, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_acquire(nint channel, ulong credits, long timeoutMillis, ulong number, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_post(nint channel, ulong credits, long timeoutMillis, ulong number, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_cancel(nint channel, ulong number, nuint* cancelledCount, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_replenish(nint channel, ulong credits, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_credit_channel_refund(nint channel, ulong credits, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backoff_delay(
        uint attempt, ulong baseMillis, ulong capMillis, ulong seed, ulong* delayMillis, nint* error);
}
