using System.Text;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Reads an owned buffer of the library once and frees it.</summary>
internal static unsafe class OwnedBuffer
{
    /// <summary>Reads UTF-8 text.</summary>
    public static string TakeText(nint buffer)
    {
        try
        {
            byte* data;
            nuint length;
            StatusCheck.ThrowOnFailure(NativeMethods.fsb_buffer_data(buffer, &data, &length), 0);
            return Encoding.UTF8.GetString(data, checked((int)length));
        }
        finally
        {
            _ = NativeMethods.fsb_buffer_free(buffer);
        }
    }
}
