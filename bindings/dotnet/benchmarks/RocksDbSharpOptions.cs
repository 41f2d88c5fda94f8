using System.Reflection;
using System.Runtime.InteropServices;
using RocksDbSharp;
using RocksDbSharpFamilyOptions = RocksDbSharp.ColumnFamilyOptions;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>
/// Opens a folder in RocksDbSharp with the engine options that our library left in its OPTIONS file, so that both engines run with the same ones.
/// RocksDbSharp binds the loader of that file but has no managed face for it.
/// </summary>
internal sealed unsafe class RocksDbSharpOptions
{
    private const uint BlockCacheBytes = 256U << 20;

    private RocksDbSharpOptions(DbOptions database, ColumnFamilies families)
    {
        Database = database;
        Families = families;
    }

    /// <summary>Gets the options of the database.</summary>
    public DbOptions Database { get; }

    /// <summary>Gets the column families of the folder with their options.</summary>
    public ColumnFamilies Families { get; }

    /// <summary>Reads the latest OPTIONS file of a folder. The block cache, which is not in it, is of the kind and size that the other sides have.</summary>
    public static RocksDbSharpOptions Load(string folder)
    {
        var engine = Native.Instance;
        var path = Marshal.StringToCoTaskMemUTF8(folder);
        var cache = engine.rocksdb_cache_create_hyper_clock(BlockCacheBytes, UIntPtr.Zero);
        nint database, names, familyOptions;
        nuint count;
        engine.rocksdb_load_latest_options(
            path, engine.rocksdb_create_default_env(), 1, cache, (nint)(&database), (nint)(&count), (nint)(&names), (nint)(&familyOptions));
        engine.rocksdb_options_set_wal_dir(database, folder);
        engine.rocksdb_options_set_db_log_dir(database, string.Empty);
        Marshal.FreeCoTaskMem(path);
        return new RocksDbSharpOptions(Wrap<DbOptions>(database), FamiliesOf(names, familyOptions, count));
    }

    private static ColumnFamilies FamiliesOf(nint names, nint options, nuint count)
    {
        var families = new ColumnFamilies();
        for (nuint at = 0; at < count; at++)
        {
            families.Add(Marshal.PtrToStringUTF8(((nint*)names)[at])!, Wrap<RocksDbSharpFamilyOptions>(((nint*)options)[at]));
        }

        return families;
    }

    /// <summary>Puts loaded native options into a managed options object: its constructor always makes default ones.</summary>
    private static T Wrap<T>(nint handle)
        where T : OptionsHandle, new()
    {
        var options = new T();
        typeof(OptionsHandle).GetProperty(nameof(OptionsHandle.Handle), BindingFlags.Public | BindingFlags.Instance)!.SetValue(options, handle);
        return options;
    }
}
