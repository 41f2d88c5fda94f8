using System.Globalization;
using Flights;
using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Hosting;
using Spectre.Console;

namespace FlightsWorker;

/// <summary>Shows the job: as a live table on a terminal, else as a line for each checkpoint.</summary>
internal sealed class Watch(JobFigures figures, RocksDBStateBackend backend, RocksDBCheckpointing checkpoints) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private long _lastShown;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Console.IsOutputRedirected ? Period / 10 : Period);
        Func<Action, Task> repeat = async show =>
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                show();
                await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        };
        if (backend.RestoredCheckpointId is { } id) Console.WriteLine($"restored checkpoint {id}");
        if (Console.IsOutputRedirected) await repeat(PrintLine);
        else await AnsiConsole.Live(Table()).StartAsync(context => repeat(() => context.UpdateTarget(Table())));
        Console.WriteLine(Text($"row {figures.SourceRows:N0}, {Sum(figures.ClosedWindows):N0} windows closed"));
    }

    private static long Sum(long[] figures) => figures.Sum();

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Bytes(long bytes) => Text($"{bytes / 1024.0:N0} KiB");

    private void PrintLine()
    {
        if (checkpoints.LastCompleted is not { } last || last.CheckpointId == _lastShown) return;
        _lastShown = last.CheckpointId;
        Console.WriteLine(Text($"checkpoint {last.CheckpointId}: {last.NewBytes} of {last.TotalBytes} bytes are new, row {figures.SourceRows}"));
    }

    private Table Table()
    {
        var table = new Table().Title("Flights from New York, January 2013").AddColumns("subtask", "rows", "days closed").Border(TableBorder.Rounded);
        for (var index = 0; index < figures.SubtaskRows.Length; index++)
        {
            table.AddRow(Text($"{index}"), Text($"{figures.SubtaskRows[index]:N0}"), Text($"{figures.ClosedWindows[index]:N0}"));
        }

        table.AddRow("[bold]all[/]", Text($"{Sum(figures.SubtaskRows):N0}"), Text($"{Sum(figures.ClosedWindows):N0}"));
        return table.Caption($"{Where()}\n{Checkpoint()}\n{State()}");
    }

    private string Where() => figures.SourceRows == 0
        ? "not begun"
        : Text($"row {figures.SourceRows:N0}, began at {figures.FirstRow:N0}; event time {EventTime.Text(figures.Watermark)}");

    private string Checkpoint() => checkpoints.LastCompleted is { } last
        ? Text($"checkpoint {last.CheckpointId}: {Bytes(last.NewBytes)} of {Bytes(last.TotalBytes)} new, {last.SyncDuration.TotalMilliseconds:0} + {last.AsyncDuration.TotalMilliseconds:0} ms")
        : "no checkpoint yet";

    private string State()
    {
        var statistics = backend.GetStatistics();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{statistics.WritesPerSecond:N0} writes/s, {Bytes(statistics.MemoryUsage)} of memory, pressure {backend.GetBackPressure().Effective:0.00}");
    }
}
