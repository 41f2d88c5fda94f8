using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The life of a backend in a host. It opens the backend before any hosted service starts, makes checkpoints by a timer while they run, and, when all
/// have stopped, makes a last one where that is wanted and closes the backend, within <see cref="RocksDBCheckpointingOptions.ShutdownTimeout"/>.
/// Registered by <see cref="RocksDBCheckpointingExtensions"/>. Usable from any thread at once.
/// </summary>
/// <remarks>
/// Two checkpoints never overlap. Ids go on after the newest one in the folder, and after the one that the backend was restored from. A failure is
/// logged and counted (<see cref="RocksDBStatistics.FailedCheckpoints"/>), and attempts become rarer until one succeeds.
/// </remarks>
public sealed class RocksDBCheckpointing : IHostedLifecycleService, IDisposable
{
    /// <summary>What closing gets of the time for the shutdown, however long the last checkpoint takes.</summary>
    private static readonly TimeSpan ReservedForClosing = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<CheckpointTurns> _open;
    private readonly RocksDBCheckpointingOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private CheckpointTurns? _turns;
    private int _isDisposed;
    private Task _timer = Task.CompletedTask;

    /// <summary>Initializes a new instance of the <see cref="RocksDBCheckpointing"/> class.</summary>
    /// <param name="open">Opens the backend and finds the participants, which may ask for this object.</param>
    /// <param name="options">The options.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="clock">Tells the time.</param>
    internal RocksDBCheckpointing(Func<CheckpointTurns> open, RocksDBCheckpointingOptions options, ILogger logger, TimeProvider clock)
    {
        options.Check();
        (_open, _options, _logger, _clock) = (open, options, logger, clock);
    }

    /// <summary>Gets the last checkpoint that was completed through this object; null before the first.</summary>
    public CheckpointResult? LastCompleted => _turns?.LastCompleted;

    /// <summary>Gets how many checkpoints have failed since the last one that was completed.</summary>
    public int ConsecutiveFailures => _turns?.ConsecutiveFailures ?? 0;

    /// <summary>Makes a checkpoint now, after one that is under way.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>What it was.</returns>
    /// <exception cref="InvalidOperationException">The host has not started.</exception>
    public Task<CheckpointResult> CheckpointAsync(CancellationToken cancellationToken = default) => CheckpointAsync(cancellationToken, cancellationToken);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _turns = _open();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // On the pool: what a timer of this loop does is nobody else's to wait for.
        if (_options.Interval > TimeSpan.Zero) _timer = Task.Run(() => RepeatAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => _stopping.CancelAsync();

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_turns?.Backend is not { } backend) return;
        var begun = _clock.GetTimestamp();
        using var deadline = new CancellationTokenSource(_options.ShutdownTimeout - ReservedForClosing, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await EndAsync(either.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is: the backend still has to be closed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.LastCheckpointFailed(_logger, backend.DataDirectory, exception);
        }

        var left = _options.ShutdownTimeout - _clock.GetElapsedTime(begun);
        await backend.CloseAsync(left < ReservedForClosing ? ReservedForClosing : left).ConfigureAwait(false);
    }

    /// <summary>Ends the timer. The container disposes the backend. A second time does nothing.</summary>
    public void Dispose()
    {
        // A container disposes what it gives out under two types twice.
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _stopping.Cancel();
        _stopping.Dispose();
        _turns?.Dispose();
    }

    private async Task EndAsync(CancellationToken deadline)
    {
        await _timer.WaitAsync(deadline).ConfigureAwait(false);
        if (_options.OnShutdown) _ = await CheckpointAsync(deadline, deadline).ConfigureAwait(false);
    }

    private Task<CheckpointResult> CheckpointAsync(CancellationToken pausing, CancellationToken storing) => _turns is { } turns
        ? turns.TakeAsync(pausing, storing)
        : throw new InvalidOperationException("There is no backend to make a checkpoint of before the host has started.");

    /// <summary>Makes one checkpoint after the other. One that is being stored when the host stops goes on.</summary>
    private async Task RepeatAsync(CancellationToken stopping)
    {
        var due = _options.Interval;
        while (true)
        {
            await Task.Delay(due, _clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested) return;
            var begun = _clock.GetTimestamp();
            await AttemptAsync(stopping).ConfigureAwait(false);
            due = Due(_clock.GetElapsedTime(begun));
        }
    }

    private async Task AttemptAsync(CancellationToken stopping)
    {
        try
        {
            _ = await CheckpointAsync(stopping, CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // Whatever a participant throws: the next attempt may succeed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.CheckpointAttemptFailed(_logger, _turns!.Backend.DataDirectory, ConsecutiveFailures, Interval().TotalSeconds, exception);
        }
    }

    private TimeSpan Due(TimeSpan taken) => Interval() - taken is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>The time from one beginning to the next: twice as long with each failure.</summary>
    private TimeSpan Interval()
    {
        var longest = _options.LongestBackoff < _options.Interval ? _options.Interval : _options.LongestBackoff;
        var interval = _options.Interval;
        for (var failure = 0; failure < ConsecutiveFailures && interval < longest; failure++) interval += interval;
        return interval < longest ? interval : longest;
    }
}
