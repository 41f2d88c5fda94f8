using System.Text;
using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Logging.Abstractions;

// Two engines in one process, used by turns, and by two threads at once.
using var theirs = RocksDbSharp.RocksDb.Open(new RocksDbSharp.DbOptions().SetCreateIfMissing(true), Path.GetFullPath("theirs"));
using var ours = new RocksDBStateBackend(new RocksDBOptions { DataDirectory = Path.GetFullPath("ours") }, NullLogger.Instance);
var family = ours.ColumnFamily("user_state");
var theirThread = new Thread(() => Write((key, value) => theirs.Put(key, value)));
theirThread.Start();
Write((key, value) => family.Put(key, value));
theirThread.Join();
ours.Flush();
var wrong = 0;
for (var number = 0; number < 10_000; number++)
{
    var key = Encoding.UTF8.GetBytes($"key{number}");
    if (!key.AsSpan().SequenceEqual(theirs.Get(key)) || !key.AsSpan().SequenceEqual(family.Get(key))) wrong++;
}

Console.WriteLine($"{wrong} wrong");

static void Write(Action<byte[], byte[]> put)
{
    for (var number = 0; number < 10_000; number++)
    {
        var key = Encoding.UTF8.GetBytes($"key{number}");
        put(key, key);
    }
}
