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
    var flights = FlightFile.ReadAll(line.DataFolder);
    var airlines = new Airlines(line.DataFolder);
    using var folder = new StateFolder(line.StateFolder);
    using var supervisor = new Supervisor(line, folder.Path, flights);
    Introduce(flights.Count, folder.Path);

    var watch = Stopwatch.StartNew();
    supervisor.Run();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"All {flights.Count:N0} rows are in the state after {watch.Elapsed.TotalSeconds:0.0} s."));

    var stored = ReadState(line.DataFolder, folder.Path);
    Console.WriteLine("\n" + Terminal.Bold("The state against a plain recomputation from the file, in memory:"));
    var isEqual = new Check(stored, Recomputation.Of(flights)).Equal();
    new Tables(stored, flights, airlines).Print();
    new DelayPicture(stored, airlines).Print();
    CheckpointTable.Print(supervisor.Checkpoints);
    Console.WriteLine("\n" + Terminal.Bold("Statistics of the worker that finished"));
    supervisor.Statistics.ForEach(text => Console.WriteLine($"  {text}"));
    Console.WriteLine("\n" + (isEqual
        ? Terminal.Green("The state equals the recomputation.")
        : Terminal.Red("The state DIFFERS from the recomputation.")));
    return isEqual ? ExitCode.Equal : ExitCode.Failed;
}

static void Introduce(int totalRows, string stateFolder)
{
    var title = Terminal.Bold("Flights from New York, January 2013");
    Console.WriteLine($"{title}: {Figures.Count(totalRows)} rows in the order of the timetable.");
    Console.WriteLine("The state backend (RocksDBStateBackend) keeps state for every route, carrier and");
    Console.WriteLine("aircraft; a timer reports each day when it is over, and an aircraft that is not seen");
    Console.WriteLine(
        $"for {AircraftFigures.TimeToLive.Days} days is forgotten. A checkpoint is made every {Figures.Count(Worker.RowsPerCheckpoint)} rows.");
    Console.WriteLine($"State folder: {stateFolder}\n");
}

// Reads back what the finished job has left, as of the time that it reached.
static Totals ReadState(string dataFolder, string stateFolder)
{
    using var file = new FlightFile(dataFolder);
    using var state = new JobState(stateFolder);
    state.Resume(file.ByteCount);
    return Totals.Read(state);
}
