using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Has a host open backends, make checkpoints of them, and close them: see <see cref="RocksDBCheckpointing"/>.</summary>
public static class RocksDBCheckpointingExtensions
{
    /// <summary>
    /// Registers <see cref="RocksDBCheckpointing"/> of the container's <see cref="RocksDBStateBackend"/>, as a hosted service and by its own type. It
    /// takes its options from <see cref="IOptionsMonitor{TOptions}"/>, its time from the container's <see cref="TimeProvider"/>, where there is one,
    /// and pauses the container's <see cref="ICheckpointParticipant"/>s.
    /// </summary>
    /// <param name="services">The container's services, with the backend among them.</param>
    /// <param name="configure">Sets options; null for the defaults, or for those that a <c>Configure</c> elsewhere sets.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddRocksDBCheckpointing(this IServiceCollection services, Action<RocksDBCheckpointingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions(services, Options.DefaultName, configure);
        services.TryAddSingleton(static provider => Create(
            provider,
            Options.DefaultName,
            () => new CheckpointTurns(provider.GetRequiredService<RocksDBStateBackend>(), [.. provider.GetServices<ICheckpointParticipant>()])));
        return services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<RocksDBCheckpointing>());
    }

    /// <summary>As <see cref="AddRocksDBCheckpointing(IServiceCollection, Action{RocksDBCheckpointingOptions})"/>, with options of a configuration.</summary>
    /// <param name="services">The container's services, with the backend among them.</param>
    /// <param name="configuration">The section that holds the options by their names. Others in it are refused.</param>
    /// <param name="configure">Sets options after the configuration has.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddRocksDBCheckpointing(
        this IServiceCollection services, IConfiguration configuration, Action<RocksDBCheckpointingOptions>? configure = null)
    {
        BindOptions(services, Options.DefaultName, configuration);
        return services.AddRocksDBCheckpointing(configure);
    }

    /// <summary>
    /// As <see cref="AddRocksDBCheckpointing(IServiceCollection, Action{RocksDBCheckpointingOptions})"/>, for the backend under a key. Options have the
    /// key as name, and participants are those under the key.
    /// </summary>
    /// <param name="services">The container's services, with the backend among them.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="configure">Sets options; null for the defaults, or for those that a <c>Configure</c> of the same name elsewhere sets.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddKeyedRocksDBCheckpointing(
        this IServiceCollection services, string serviceKey, Action<RocksDBCheckpointingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        AddOptions(services, serviceKey, configure);
        services.TryAddKeyedSingleton(serviceKey, static (provider, key) => Create(
            provider,
            (string)key!,
            () => new CheckpointTurns(
                provider.GetRequiredKeyedService<RocksDBStateBackend>(key), [.. provider.GetKeyedServices<ICheckpointParticipant>(key)])));
        return services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<RocksDBCheckpointing>(serviceKey));
    }

    /// <summary>As <see cref="AddKeyedRocksDBCheckpointing(IServiceCollection, string, Action{RocksDBCheckpointingOptions})"/>, with options of a configuration.</summary>
    /// <param name="services">The container's services, with the backend among them.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="configuration">The section that holds the options by their names. Others in it are refused.</param>
    /// <param name="configure">Sets options after the configuration has.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddKeyedRocksDBCheckpointing(
        this IServiceCollection services, string serviceKey, IConfiguration configuration, Action<RocksDBCheckpointingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        BindOptions(services, serviceKey, configuration);
        return services.AddKeyedRocksDBCheckpointing(serviceKey, configure);
    }

    private static void AddOptions(IServiceCollection services, string name, Action<RocksDBCheckpointingOptions>? configure)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RocksDBCheckpointingOptions>, RocksDBCheckpointingOptionsValidator>());
        var options = services.AddOptions<RocksDBCheckpointingOptions>(name).ValidateOnStart();
        if (configure is not null) options.Configure(configure);
    }

    private static void BindOptions(IServiceCollection services, string name, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddSingleton(OptionsPath.Of<RocksDBCheckpointingOptions>(name, configuration));
        services.AddOptions<RocksDBCheckpointingOptions>(name).Configure(options => OptionsBinding.Bind(configuration, options));
    }

    private static RocksDBCheckpointing Create(IServiceProvider services, string name, Func<CheckpointTurns> open) => new(
        open,
        services.GetRequiredService<IOptionsMonitor<RocksDBCheckpointingOptions>>().Get(name),
        services.GetService<ILogger<RocksDBStateBackend>>() ?? NullLogger<RocksDBStateBackend>.Instance,
        services.GetService<TimeProvider>() ?? TimeProvider.System);
}
