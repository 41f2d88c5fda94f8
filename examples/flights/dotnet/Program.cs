using System.Diagnostics;
using System.Globalization;
using System.Text;
using FlinkDotNet.Storage.RocksDB;
using Flights;

// Flights: a stream job that keeps its state in the backend, dies half-way and comes back. The program is two programs:
// the supervisor, which you start, and the worker, which it starts, kills and starts again.
try
{
    return (int)Run(CommandLine.Parse(args));
}
catch (FlightsException failure)
{
    Console.Error.WriteLine($"flights: {failure.Message}");
    return (int)failure.ExitCode;
}
catch (StateBackendException failure)
{
    Console.Error.WriteLine($"flights: {failure.Message}");
    return (int)ExitCode.Failed;
}

static ExitCode Run(CommandLine line)
{
    if (line.WantsHelp)
        Console.WriteLine(CommandLine.Usage);
    else if (line.IsWorker)
        Worker.Run(line.DataFolder, line.StateFolder!);
    else
        return Demonstrate(line);
    return ExitCode.Equal;
}

static ExitCode Demonstrate(CommandLine line)
{
    Console.OutputEncoding = Encoding.UTF8;
    var totalRows = FlightFile.CountRows(line.DataFolder);
    var airlines = new Airlines(line.DataFolder);
    using var folder = new StateFolder(line.StateFolder);
    using var supervisor = new Supervisor(line, folder.Path, totalRows);
    Introduce(totalRows, folder.Path);

    var watch = Stopwatch.StartNew();
    supervisor.Run();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"All {totalRows:N0} rows are in the state after {watch.Elapsed.TotalSeconds:0.0} s."));

    var stored = ReadState(folder.Path);
    Console.WriteLine("\n" + Terminal.Bold("The state against a plain recomputation from the file, in memory:"));
    var isEqual = new Check(stored, AggregateTable.Recompute(line.DataFolder)).Equal();
    new Tables(stored, airlines).Print();
    new DelayPicture(stored, airlines).Print();
    Console.WriteLine("\n" + Terminal.Bold("Statistics of the worker that finished"));
    supervisor.Statistics.ForEach(text => Console.WriteLine($"  {text}"));
    Console.WriteLine("\n" + (isEqual
        ? Terminal.Green("The state equals the recomputation.")
        : Terminal.Red("The state DIFFERS from the recomputation.")));
    return isEqual ? ExitCode.Equal : ExitCode.Failed;
}

static void Introduce(ulong totalRows, string stateFolder)
{
    var title = Terminal.Bold("Flights from New York, January 2013");
    Console.WriteLine($"{title}: {Figures.Count((long)totalRows)} rows in the order of the timetable.");
    Console.WriteLine("The state backend (RocksDBStateBackend) holds a running aggregate for every");
    Console.WriteLine($"route, carrier and aircraft; every {Worker.RowsPerBatch} rows, one atomic batch updates them and");
    Console.WriteLine("the position of the stream.");
    Console.WriteLine($"State folder: {stateFolder}\n");
}

// Reads back what the finished job has left.
static AggregateTable ReadState(string stateFolder)
{
    var stored = new AggregateTable();
    using var state = new JobState(stateFolder);
    foreach (var kind in KeyKind.All)
        state.Scan(kind.Prefix, stored);
    return stored;
}
