using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>
/// Brings the entries of a folder to disk, so that a rename in it survives a loss of power. The framework does not open folders.
/// </summary>
internal static unsafe partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <summary>Syncs a folder. Windows keeps renames in its journal and needs nothing.</summary>
    /// <exception cref="IOException">The folder could not be synced.</exception>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        int descriptor;
        fixed (byte* path = Utf8.Encode(folder + '\0')) descriptor = Open(path, ReadOnly);
        var synced = descriptor >= 0 && FSync(descriptor) == 0;
        var reason = synced ? 0 : Marshal.GetLastPInvokeError();
        if (descriptor >= 0) _ = Close(descriptor);
        if (!synced) throw new IOException($"The folder {folder} could not be synced: {new Win32Exception(reason).Message}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
