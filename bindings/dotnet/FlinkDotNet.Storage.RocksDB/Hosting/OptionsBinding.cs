using Microsoft.Extensions.Configuration;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Reads options from a configuration without reflection: by generated code, and sizes, which that does not know, here.</summary>
internal static class OptionsBinding
{
    private static readonly (string Name, Action<RocksDBOptions, ByteSize> Set)[] Sizes =
    [
        (nameof(RocksDBOptions.BlockCacheSize), static (options, size) => options.BlockCacheSize = size),
        (nameof(RocksDBOptions.WriteBufferManagerSize), static (options, size) => options.WriteBufferManagerSize = size),
        (nameof(RocksDBOptions.RateLimiterBytesPerSecond), static (options, size) => options.RateLimiterBytesPerSecond = size),
        (nameof(RocksDBOptions.DelayedWriteRateBytesPerSecond), static (options, size) => options.DelayedWriteRateBytesPerSecond = size),
        (nameof(RocksDBOptions.BytesPerSync), static (options, size) => options.BytesPerSync = size),
        (nameof(RocksDBOptions.LogFileMaxSize), static (options, size) => options.LogFileMaxSize = size),
        (nameof(RocksDBOptions.PressureMemoryReference), static (options, size) => options.PressureMemoryReference = size),
        (nameof(RocksDBOptions.PressurePendingCompactionReference), static (options, size) => options.PressurePendingCompactionReference = size),
        (nameof(RocksDBOptions.WriteBufferSize), static (options, size) => options.WriteBufferSize = size),
        (nameof(RocksDBOptions.BlockSize), static (options, size) => options.BlockSize = size),
        (nameof(RocksDBOptions.TargetFileSizeBase), static (options, size) => options.TargetFileSizeBase = size),
        (nameof(RocksDBOptions.MaxBytesForLevelBase), static (options, size) => options.MaxBytesForLevelBase = size),
        (nameof(RocksDBOptions.SoftPendingCompactionBytesLimit), static (options, size) => options.SoftPendingCompactionBytesLimit = size),
        (nameof(RocksDBOptions.HardPendingCompactionBytesLimit), static (options, size) => options.HardPendingCompactionBytesLimit = size),
    ];

    private static readonly (string Name, Action<ColumnFamilyOptions, ByteSize> Set)[] FamilySizes =
    [
        (nameof(ColumnFamilyOptions.WriteBufferSize), static (options, size) => options.WriteBufferSize = size),
        (nameof(ColumnFamilyOptions.BlockSize), static (options, size) => options.BlockSize = size),
        (nameof(ColumnFamilyOptions.TargetFileSizeBase), static (options, size) => options.TargetFileSizeBase = size),
        (nameof(ColumnFamilyOptions.MaxBytesForLevelBase), static (options, size) => options.MaxBytesForLevelBase = size),
        (nameof(ColumnFamilyOptions.SoftPendingCompactionBytesLimit), static (options, size) => options.SoftPendingCompactionBytesLimit = size),
        (nameof(ColumnFamilyOptions.HardPendingCompactionBytesLimit), static (options, size) => options.HardPendingCompactionBytesLimit = size),
    ];

    /// <summary>Reads options of a backend. What the configuration does not have stays as it is.</summary>
    /// <exception cref="InvalidOperationException">A value is not of the option's type, or there is no such option; the message names its path.</exception>
    public static void Bind(IConfiguration configuration, RocksDBOptions options)
    {
        // An array of the configuration takes the place of the default one; the binder would append to it.
        if (configuration.GetSection(nameof(options.ColumnFamilies)).Exists()) options.ColumnFamilies = [];
        configuration.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
        BindSizes(configuration, options, Sizes);
        foreach (var family in configuration.GetSection(nameof(options.ColumnFamilyOptions)).GetChildren())
        {
            if (!options.ColumnFamilyOptions.TryGetValue(family.Key, out var own)) options.ColumnFamilyOptions[family.Key] = own = new ColumnFamilyOptions();
            BindSizes(family, own, FamilySizes);
        }
    }

    /// <summary>Reads options of the checkpoints that a host makes.</summary>
    /// <exception cref="InvalidOperationException">A value is not of the option's type, or there is no such option; the message names its path.</exception>
    public static void Bind(IConfiguration configuration, RocksDBCheckpointingOptions options) =>
        configuration.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);

    private static void BindSizes<TOptions>(IConfiguration configuration, TOptions options, (string Name, Action<TOptions, ByteSize> Set)[] sizes)
    {
        foreach (var (name, set) in sizes)
        {
            var section = configuration.GetSection(name);
            if (string.IsNullOrEmpty(section.Value)) continue;
            if (!ByteSize.TryParse(section.Value, provider: null, out var size))
            {
                throw new InvalidOperationException(
                    $"'{section.Value}' at '{section.Path}' is not a size; write a number of bytes, or a number with a unit, such as 64MB.");
            }

            set(options, size);
        }
    }
}
