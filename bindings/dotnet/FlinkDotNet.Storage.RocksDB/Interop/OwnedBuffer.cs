using System.Text;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Reads an owned buffer of the library once and frees it.</summary>
internal static unsafe class OwnedBuffer
{
    private delegate T Reading<out T>(ReadOnlySpan<byte> bytes);

    /// <summary>Reads UTF-8 text.</summary>
    public static string TakeText(nint buffer) => Take(buffer, static bytes => Encoding.UTF8.GetString(bytes));

    /// <summary>Copies the bytes.</summary>
    public static byte[] TakeBytes(nint buffer) => Take(buffer, static bytes => bytes.ToArray());

    private static T Take<T>(nint buffer, Reading<T> read)
    {
        try
        {
            byte* data;
            nuint length;
            StatusCheck.ThrowOnFailure(NativeMethods.fsb_buffer_data(buffer, &data, &length), 0);
            return read(new ReadOnlySpan<byte>(data, checked((int)length)));
        }
        finally
        {
            _ = NativeMethods.fsb_buffer_free(buffer);
        }
    }
}
