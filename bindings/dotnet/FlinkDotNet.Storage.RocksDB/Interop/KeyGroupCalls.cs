namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Calls the pure functions of key groups.</summary>
internal static unsafe class KeyGroupCalls
{
    /// <summary>Finds the key group of a serialized key, by the library's hash of its bytes or by the caller's.</summary>
    public static int Of(ReadOnlySpan<byte> key, int? hash, int maxParallelism)
    {
        NativeLibraryLoader.EnsureLoaded();
        var given = hash.GetValueOrDefault();
        uint keyGroup = 0;
        nint error = 0;
        int status;
        fixed (byte* bytes = key)
        {
            status = NativeMethods.fsb_key_group_of(bytes, (nuint)key.Length, hash.HasValue ? &given : null, (uint)maxParallelism, &keyGroup, &error);
        }

        StatusCheck.ThrowOnFailure(status, error);
        return (int)keyGroup;
    }

    /// <summary>Finds the key groups of one subtask.</summary>
    public static KeyGroupRange Range(int maxParallelism, int parallelism, int index)
    {
        NativeLibraryLoader.EnsureLoaded();
        uint first = 0, last = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(
            NativeMethods.fsb_key_group_range((uint)maxParallelism, (uint)parallelism, (uint)index, &first, &last, &error), error);
        return new KeyGroupRange((int)first, (int)last);
    }

    /// <summary>Finds the max parallelism that Flink gives an operator of some parallelism.</summary>
    public static int DefaultMaxParallelism(int parallelism)
    {
        NativeLibraryLoader.EnsureLoaded();
        uint maxParallelism = 0;
        nint error = 0;
        StatusCheck.ThrowOnFailure(NativeMethods.fsb_key_group_default_max_parallelism((uint)parallelism, &maxParallelism, &error), error);
        return (int)maxParallelism;
    }
}
