using System.Buffers.Binary;
using System.Globalization;
using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Logging.Abstractions;

// Opens the folder named by the argument and writes numbered rows, one after the other, until it is killed. The first line of output says
// that the folder is open; each further line is the number of a row whose write has been acknowledged.
using var backend = new RocksDBStateBackend(new RocksDBOptions { DataDirectory = args[0], EnableStatistics = false }, NullLogger.Instance);
var family = backend.ColumnFamily("default");
Console.WriteLine("open");
var row = new byte[sizeof(int)];
for (var number = 0; ; number++)
{
    BinaryPrimitives.WriteInt32BigEndian(row, number);
    family.Put(row, row);
    Console.WriteLine(number.ToString(CultureInfo.InvariantCulture));
}
