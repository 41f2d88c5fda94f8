using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>The one way from a native status to a managed exception.</summary>
internal static unsafe class StatusCheck
{
    /// <summary>Throws for a failure and frees its error object. Not found and too small are answers, not failures.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowOnFailure(int status, nint error)
    {
        if (status != (int)StateBackendStatus.Ok) ThrowUnlessAnswer((StateBackendStatus)status, error);
    }

    /// <summary>Reads and frees the error object of a failure.</summary>
    public static Failure TakeFailure(StateBackendStatus status, nint error)
    {
        var details = new fsb_error_details { struct_size = (uint)sizeof(fsb_error_details) };
        if (error == 0 || NativeMethods.fsb_error_describe(error, &details) != (int)StateBackendStatus.Ok)
        {
            return new Failure(status, $"The library answered {Text(NativeMethods.fsb_status_name((int)status))}.");
        }

        var failure = new Failure(
            status,
            Encoding.UTF8.GetString(details.message, checked((int)details.message_length)),
            FromEngine(details.engine_code),
            FromEngine(details.engine_subcode),
            FromEngine(details.engine_severity),
            details.is_transient != 0);
        _ = NativeMethods.fsb_error_free(error);
        return failure;
    }

    /// <summary>Reads a static text of the library.</summary>
    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowUnlessAnswer(StateBackendStatus status, nint error)
    {
        if (status is StateBackendStatus.NotFound or StateBackendStatus.BufferTooSmall) return;
        throw TakeFailure(status, error).ToException();
    }

    private static int? FromEngine(int code) => code == -1 ? null : code;
}
