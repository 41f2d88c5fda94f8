using RocksDbSharp;

// The same with RocksDbSharp.
using var database = RocksDb.Open(new DbOptions().SetCreateIfMissing(true), args[0]);
database.Put("key"u8, "value"u8);
Console.WriteLine("put");
