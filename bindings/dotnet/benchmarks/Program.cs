using System.Globalization;
using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Benchmarks;

if (args.Length != 3 || !ulong.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
{
    Console.Error.WriteLine("usage: benchmarks ENGINE ROOT SEED: the engine library that `benches/run` builds, the folder of the state folders, a number");
    return 2;
}

Measure(args[0], args[1], seed);
return 0;

static unsafe void Measure(string enginePath, string root, ulong seed)
{
    var engine = NativeLibrary.Load(enginePath);
    var measure = (delegate* unmanaged[Cdecl]<byte*, ulong, Guest*, int, void>)NativeLibrary.GetExport(engine, "engine_measure");
    var guests = stackalloc Guest[] { Guests.Ours(), Guests.RocksDbSharp() };
    measure((byte*)Marshal.StringToCoTaskMemUTF8(root), seed, guests, 2);
}
