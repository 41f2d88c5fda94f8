using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Tells whether a backend can serve. It fails, as <see cref="HealthCheckRegistration.FailureStatus"/> says (unhealthy, by default), when
/// the backend is closed or does not answer, or when the engine has stopped writes; it is degraded when the effective pressure is above
/// <see cref="RocksDBHealthCheckOptions.DegradedAbove"/>. It takes one cheap reading and reads no state. Usable from any thread at once.
/// </summary>
public sealed class RocksDBHealthCheck : IHealthCheck
{
    private readonly Func<BackPressure> _read;
    private readonly string _dataDirectory;
    private readonly double _degradedAbove;

    /// <summary>Initializes a new instance of the <see cref="RocksDBHealthCheck"/> class.</summary>
    /// <param name="backend">The backend, which the check does not own.</param>
    /// <param name="options">When the backend is degraded; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public RocksDBHealthCheck(RocksDBStateBackend backend, RocksDBHealthCheckOptions? options = null)
        : this(ReaderOf(backend), backend.DataDirectory, options)
    {
    }

    internal RocksDBHealthCheck(Func<BackPressure> read, string dataDirectory, RocksDBHealthCheckOptions? options)
    {
        options ??= new RocksDBHealthCheckOptions();
        options.Check();
        _read = read;
        _dataDirectory = dataDirectory;
        _degradedAbove = options.DegradedAbove;
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Check(context.Registration?.FailureStatus ?? HealthStatus.Unhealthy));
    }

    private static Func<BackPressure> ReaderOf(RocksDBStateBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return backend.GetBackPressure;
    }

    private static Dictionary<string, object> Data(BackPressure pressure) => new(StringComparer.Ordinal)
    {
        ["level"] = pressure.Level,
        ["effective"] = pressure.Effective,
        ["description"] = pressure.Description.ToString(),
        ["warnings"] = pressure.Warnings.ToString(),
    };

    private HealthCheckResult Check(HealthStatus failure)
    {
        try
        {
            return Judge(_read(), failure);
        }
        catch (ObjectDisposedException)
        {
            return new HealthCheckResult(failure, $"The state backend at {_dataDirectory} is closed.");
        }
        catch (StateBackendException exception)
        {
            return new HealthCheckResult(failure, $"The state backend at {_dataDirectory} does not answer: {exception.Message}", exception);
        }
    }

    private HealthCheckResult Judge(BackPressure pressure, HealthStatus failure)
    {
        var data = Data(pressure);
        if (pressure.IsWriteStopped)
        {
            return new HealthCheckResult(failure, $"RocksDB has stopped writes of the state backend at {_dataDirectory}.", data: data);
        }

        return pressure.Effective > _degradedAbove
            ? HealthCheckResult.Degraded(
                FormattableString.Invariant($"The pressure of the state backend at {_dataDirectory} is {pressure.Effective:0.00}, above {_degradedAbove}."),
                data: data)
            : HealthCheckResult.Healthy(data: data);
    }
}
