using System.Diagnostics;
using Flights;
using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Hosting;

namespace FlightsWorker;

/// <summary>
/// The job: a source that reads the flights, and the subtasks that it sends them to by the key groups of their routes. For a checkpoint a barrier
/// goes the way of the rows; when source and subtasks have come to it, the state holds all rows before the source's offset, and no others.
/// </summary>
internal sealed class FlightsJob(RocksDBStateBackend backend, JobOptions options, JobFigures figures, IHostApplicationLifetime lifetime)
    : BackgroundService, ICheckpointParticipant
{
    public const int MaxParallelism = 128;

    private const int RowsPerBatch = 64;
    private const int CreditRows = 2048; // what may be on its way between source and state, less while the engine is under pressure

    private static readonly TimeSpan CreditTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly RocksDBListState<(long Row, long Watermark)> _offset =
        backend.GetOperatorListState(StateDescriptors.List<(long, long)>("source.offset"));

    private Barrier? _requested; // which the source has not met yet
    private Barrier? _current;
    private bool _isAtWork;
    private Exception? _failure;
    private long _row;
    private long _watermark;

    /// <inheritdoc/>
    public async ValueTask PauseAsync(long checkpointId, CancellationToken cancellationToken)
    {
        var barrier = new Barrier(options.Parallelism + 1);
        lock (_lock)
        {
            if (_failure is not null) throw new InvalidOperationException("The job has failed: what the state holds is no moment of the stream.", _failure);
            if (!_isAtWork) return;
            (_requested, _current) = (barrier, barrier);
        }

        try
        {
            await barrier.Reached.WaitAsync(cancellationToken);
        }
        catch
        {
            barrier.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Unpause(long checkpointId)
    {
        lock (_lock) _current?.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subtasks = Enumerable.Range(0, options.Parallelism).Select(index => new RouteSubtask(backend, index, options.Parallelism, figures)).ToArray();
        try
        {
            lock (_lock) _isAtWork = true;
            var isOver = await RunAsync(subtasks, stoppingToken);
            End(failure: null);
            if (isOver) Finish(subtasks);
        }
        catch (Exception failure)
        {
            End(failure);
            throw;
        }
        finally
        {
            foreach (var subtask in subtasks) subtask.Dispose();
        }
    }

    /// <summary>Runs source and subtasks until the stream is over or the host stops; true when it is over.</summary>
    private async Task<bool> RunAsync(RouteSubtask[] subtasks, CancellationToken stopping)
    {
        var running = subtasks.Select(subtask => Task.Run(subtask.RunAsync, CancellationToken.None)).ToArray();
        try
        {
            return await ReadAsync(subtasks, stopping);
        }
        finally
        {
            foreach (var subtask in subtasks) subtask.Inbox.Writer.TryComplete();
            await Task.WhenAll(running);
            _offset.Update([(_row, _watermark)]);
        }
    }

    private async Task<bool> ReadAsync(RouteSubtask[] subtasks, CancellationToken stopping)
    {
        using var file = new FlightFile(options.DataFolder);
        using var pool = new CreditPool(new CreditPoolOptions { Name = "rows", Capacity = CreditRows });
        pool.Attach(backend);
        var channels = subtasks.Select((_, index) => pool.OpenChannel($"subtask {index}", RowsPerBatch)).ToArray();
        Resume(file);
        var pace = Stopwatch.StartNew();
        var rows = new List<Flight>(RowsPerBatch);
        while (!stopping.IsCancellationRequested)
        {
            if (Interlocked.Exchange(ref _requested, null) is { } barrier) await MeetAsync(barrier, subtasks);
            if (!file.ReadRows(rows, RowsPerBatch))
            {
                await SendAsync(subtasks, new Message.Watermark(EventTime.DayOf(_watermark).MaxTimestamp()));
                return true;
            }

            // IMPORTANT: not cut off by the host's stop. What is read is sent to all subtasks, or the offset would not be true.
            await SendRowsAsync(subtasks, channels, rows);
            await KeepPaceAsync(pace, stopping);
        }

        return false;
    }

    private void Resume(FlightFile file)
    {
        (_row, _watermark) = _offset.Get().SingleOrDefault();
        file.Skip(_row);
        (figures.FirstRow, figures.SourceRows, figures.Watermark) = (_row, _row, _watermark);
    }

    private async Task MeetAsync(Barrier barrier, RouteSubtask[] subtasks)
    {
        await SendAsync(subtasks, new Message.AtBarrier(barrier));
        _offset.Update([(_row, _watermark)]);
        await barrier.ArriveAsync();
    }

    /// <summary>Sends a batch, each flight to the subtask of its route's key group, and then the event time that it has reached.</summary>
    private async Task SendRowsAsync(RouteSubtask[] subtasks, CreditChannel[] channels, List<Flight> rows)
    {
        foreach (var group in rows.GroupBy(flight => SubtaskOf(flight, subtasks.Length)))
        {
            var flights = group.ToList();
            var credits = await channels[group.Key].AcquireAsync(flights.Count, CreditTimeout);
            if (!credits.IsGranted) throw new FlightsException($"no room for {flights.Count} rows within {CreditTimeout}: the state does not keep up.");
            await subtasks[group.Key].Inbox.Writer.WriteAsync(new Message.Rows(flights, credits));
        }

        _row += rows.Count;
        _watermark = rows[^1].Scheduled - 1; // rows come in the order of the timetable, several in one minute
        await SendAsync(subtasks, new Message.Watermark(_watermark));
        (figures.SourceRows, figures.Watermark) = (_row, _watermark);
    }

    private static int SubtaskOf(in Flight flight, int parallelism) =>
        KeyGroups.OfKey(RouteSubtask.RouteOf(flight), MaxParallelism) * parallelism / MaxParallelism;

    private static async Task SendAsync(RouteSubtask[] subtasks, Message message)
    {
        foreach (var subtask in subtasks) await subtask.Inbox.Writer.WriteAsync(message);
    }

    /// <summary>Waits until the source may read on; the end of the host ends the wait.</summary>
    private async Task KeepPaceAsync(Stopwatch pace, CancellationToken stopping)
    {
        if (options.RowsPerSecond <= 0) return;
        var due = TimeSpan.FromSeconds((double)(_row - figures.FirstRow) / options.RowsPerSecond) - pace.Elapsed;
        if (due > TimeSpan.Zero) await Task.Delay(due, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Nothing is at work any more: a checkpoint finds what the state holds, unless it is of no moment.</summary>
    private void End(Exception? failure)
    {
        lock (_lock)
        {
            (_isAtWork, _failure) = (false, failure);
            if (failure is null) _requested?.BeReached();
            else _current?.Fail(failure);
        }
    }

    private void Finish(RouteSubtask[] subtasks)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.ResultFile))!);
        File.WriteAllLines(options.ResultFile, subtasks.SelectMany(subtask => subtask.Result()).Order(StringComparer.Ordinal));
        lifetime.StopApplication();
    }
}
