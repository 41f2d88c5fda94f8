using FlinkDotNet.Core.Abstractions.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Registers backends with a container, which opens a backend when it is first asked for it, and disposes it.</summary>
public static class RocksDBServiceCollectionExtensions
{
    /// <summary>
    /// Registers a backend as <see cref="RocksDBStateBackend"/>, and as <see cref="IStateBackend"/> unless there is one. It takes its options
    /// from <see cref="IOptionsMonitor{TOptions}"/>, logs to the container's <see cref="ILogger{TCategoryName}"/>, and opens with the
    /// container's <see cref="SharedResources"/>, where there are such.
    /// </summary>
    /// <remarks>
    /// All options are validated when the host starts, or when they are first read.
    /// </remarks>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Sets options; null when a <c>Configure</c> of <see cref="RocksDBOptions"/> elsewhere does, such as one that binds a section of the configuration.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddRocksDBStateBackend(this IServiceCollection services, Action<RocksDBOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions(services, Options.DefaultName, configure);
        services.TryAddSingleton(static provider => Open(provider, Options.DefaultName));
        services.TryAddSingleton<IStateBackend>(static provider => provider.GetRequiredService<RocksDBStateBackend>());
        return services;
    }

    /// <summary>
    /// As <see cref="AddRocksDBStateBackend(IServiceCollection, Action{RocksDBOptions})"/>, with options of a configuration, which are bound without
    /// reflection. What is wrong with one is said by its path in the configuration, when the host starts.
    /// </summary>
    /// <param name="services">The container's services.</param>
    /// <param name="configuration">The section that holds the options by their names. Others in it are refused.</param>
    /// <param name="configure">Sets options after the configuration has.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddRocksDBStateBackend(
        this IServiceCollection services, IConfiguration configuration, Action<RocksDBOptions>? configure = null)
    {
        BindOptions(services, Options.DefaultName, configuration);
        return services.AddRocksDBStateBackend(configure);
    }

    /// <summary>
    /// As <see cref="AddRocksDBStateBackend(IServiceCollection, Action{RocksDBOptions})"/>, under a key, for a container of several backends. Their options have the key as name.
    /// </summary>
    /// <param name="services">The container's services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="configure">Sets options; null when a <c>Configure</c> of the same name elsewhere does.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddKeyedRocksDBStateBackend(
        this IServiceCollection services, string serviceKey, Action<RocksDBOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        AddOptions(services, serviceKey, configure);
        services.TryAddKeyedSingleton(serviceKey, static (provider, key) => Open(provider, (string)key!));
        services.TryAddKeyedSingleton<IStateBackend>(serviceKey, static (provider, key) => provider.GetRequiredKeyedService<RocksDBStateBackend>(key));
        return services;
    }

    /// <summary>
    /// As <see cref="AddKeyedRocksDBStateBackend(IServiceCollection, string, Action{RocksDBOptions})"/>, with options of a configuration.
    /// </summary>
    /// <param name="services">The container's services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="configuration">The section that holds the options by their names. Others in it are refused.</param>
    /// <param name="configure">Sets options after the configuration has.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddKeyedRocksDBStateBackend(
        this IServiceCollection services, string serviceKey, IConfiguration configuration, Action<RocksDBOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        BindOptions(services, serviceKey, configuration);
        return services.AddKeyedRocksDBStateBackend(serviceKey, configure);
    }

    private static void BindOptions(IServiceCollection services, string name, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddSingleton(OptionsPath.Of<RocksDBOptions>(name, configuration));
        services.AddOptions<RocksDBOptions>(name).Configure(options => OptionsBinding.Bind(configuration, options));
    }

    private static void AddOptions(IServiceCollection services, string name, Action<RocksDBOptions>? configure)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RocksDBOptions>, RocksDBOptionsValidator>());
        var options = services.AddOptions<RocksDBOptions>(name).ValidateOnStart();
        if (configure is not null) options.Configure(configure);
    }

    private static RocksDBStateBackend Open(IServiceProvider services, string name) => new(
        services.GetRequiredService<IOptionsMonitor<RocksDBOptions>>().Get(name),
        services.GetService<ILogger<RocksDBStateBackend>>() ?? NullLogger<RocksDBStateBackend>.Instance,
        services.GetService<SharedResources>());
}
