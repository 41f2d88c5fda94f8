using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Logging.Abstractions;

// Opens an empty folder, writes a row, says so. Without a folder it only says so: what the runtime itself takes.
if (args.Length == 0)
{
    Console.WriteLine("put");
    return;
}

using var backend = new RocksDBStateBackend(new RocksDBOptions { DataDirectory = args[0], ColumnFamilies = ["default"], EnableStatistics = false }, NullLogger.Instance);
backend.ColumnFamily("default").Put("key"u8, "value"u8);
Console.WriteLine("put");
