namespace Flights;

/// <summary>Reads flights-2013-01.csv row by row; a damaged row is a sentence that names file and line.</summary>
internal sealed class FlightFile : IDisposable
{
    private const string Header =
        "year,month,day,sched_dep_time,dep_time,dep_delay,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance";

    private readonly StreamReader _reader;
    private readonly string _path;
    private long _line = 1;

    public FlightFile(string folder)
    {
        _path = Path.Combine(folder, "flights-2013-01.csv");
        _reader = Open(_path);
        if (_reader.ReadLine() != Header)
            throw new FlightsException($"{_path} is not the expected file: its first line should be \"{Header}\".");
    }

    private enum Column
    {
        Year, Month, Day, ScheduledDeparture, Departure, DepartureDelay, ArrivalDelay,
        Carrier, Flight, TailNumber, Origin, Destination, AirTime, Distance, Count,
    }

    /// <summary>Length of the whole file: it tells one input from another.</summary>
    public long ByteCount => _reader.BaseStream.Length;

    /// <summary>Opens one of the two CSV files.</summary>
    public static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FlightsException($"cannot open {path}: {error.Message} (--data DIR names the folder that holds it).");
        }
    }

    /// <summary>Reads the whole file in <paramref name="folder"/>, which must have rows.</summary>
    public static List<Flight> ReadAll(string folder)
    {
        using var file = new FlightFile(folder);
        var rows = new List<Flight>();
        return file.ReadRows(rows, int.MaxValue) ? rows : throw new FlightsException($"{file._path} has no rows.");
    }

    /// <summary>Leaves out the first rows.</summary>
    public void Skip(long rows)
    {
        for (long row = 0; row < rows; row++)
        {
            if (ReadLine() is null)
                throw new FlightsException($"{_path} has only {row} rows; the state already counts {rows}.");
        }
    }

    /// <summary>Reads up to <paramref name="count"/> rows into an emptied list; false at the end of the file.</summary>
    public bool ReadRows(List<Flight> rows, int count)
    {
        rows.Clear();
        while (rows.Count < count && ReadLine() is { } line)
            rows.Add(Parse(line));
        return rows.Count > 0;
    }

    public void Dispose() => _reader.Dispose();

    private string? ReadLine()
    {
        var line = _reader.ReadLine();
        if (line is not null)
            _line++;
        return line;
    }

    private Flight Parse(string line)
    {
        var fields = line.Split(',');
        if (fields.Length != (int)Column.Count)
            throw Damaged($"the row has {fields.Length} fields and should have {(int)Column.Count}");
        string Field(Column column) => fields[(int)column];
        return new Flight(
            _line - 2, Scheduled(Field), Number(Field(Column.Flight)), Field(Column.Departure).Length == 0,
            NumberOrUnknown(Field(Column.DepartureDelay)), NumberOrUnknown(Field(Column.ArrivalDelay)), Number(Field(Column.Distance)),
            Field(Column.Carrier), Field(Column.TailNumber), Field(Column.Origin), Field(Column.Destination));
    }

    private long Scheduled(Func<Column, string> field)
    {
        try
        {
            return EventTime.Of(
                Number(field(Column.Year)), Number(field(Column.Month)), Number(field(Column.Day)), Number(field(Column.ScheduledDeparture)));
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Damaged("the date or the scheduled departure is none");
        }
    }

    private long? NumberOrUnknown(string field) => field.Length == 0 ? null : Number(field);

    private long Number(string field) =>
        long.TryParse(field, out var value) ? value : throw Damaged($"\"{field}\" should be a whole number");

    private FlightsException Damaged(string what) => new($"{_path}, line {_line}: {what}.");
}
