using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Registers the health check of backends.</summary>
public static class RocksDBHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a <see cref="RocksDBHealthCheck"/> of the container's <see cref="RocksDBStateBackend"/>. It opens the backend when nobody has
    /// asked for it yet; a backend that cannot be opened fails the check, with the reason.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">Name of the check.</param>
    /// <param name="serviceKey">Key of the backend in the container; null for the one without.</param>
    /// <param name="configure">Sets options of the check; null for the defaults.</param>
    /// <param name="failureStatus">What a failure is; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags of the check.</param>
    /// <returns>The same health checks.</returns>
    /// <exception cref="ArgumentException">An option of the check is out of its range; the message names it.</exception>
    public static IHealthChecksBuilder AddRocksDBStateBackend(
        this IHealthChecksBuilder builder,
        string name = "rocksdb-state-backend",
        string? serviceKey = null,
        Action<RocksDBHealthCheckOptions>? configure = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new RocksDBHealthCheckOptions();
        configure?.Invoke(options);
        options.Check();
        return builder.Add(new HealthCheckRegistration(
            name, services => new ResolvingCheck(services, serviceKey, options), failureStatus, tags));
    }

    /// <summary>Asks for the backend while it checks: what that throws is then an answer, of this check only.</summary>
    private sealed class ResolvingCheck(IServiceProvider services, string? serviceKey, RocksDBHealthCheckOptions options) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var backend = serviceKey is null
                ? services.GetRequiredService<RocksDBStateBackend>()
                : services.GetRequiredKeyedService<RocksDBStateBackend>(serviceKey);
            return await new RocksDBHealthCheck(backend, options).CheckHealthAsync(context, cancellationToken).ConfigureAwait(false);
        }
    }
}
