using System.Globalization;
using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Benchmarks;

if (args.Length != 4 || !ulong.TryParse(args[3], NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
{
    Console.Error.WriteLine("usage: benchmarks ENGINE measure|measure-keyed ROOT SEED: the engine library that `benches/run` builds, the folder of the state folders, a number");
    return 2;
}

switch (args[1])
{
    case "measure":
        Measure(args[0], "engine_measure", args[2], seed, [Guests.Ours(), Guests.RocksDbSharp()]);
        return 0;
    case "measure-keyed":
        Measure(args[0], "engine_measure_keyed", args[2], seed, [KeyedGuest.Ours()]);
        return 0;
    default:
        Console.Error.WriteLine($"benchmarks: '{args[1]}' is neither measure nor measure-keyed");
        return 2;
}

static unsafe void Measure(string enginePath, string export, string root, ulong seed, Guest[] guests)
{
    var engine = NativeLibrary.Load(enginePath);
    var measure = (delegate* unmanaged[Cdecl]<byte*, ulong, Guest*, int, void>)NativeLibrary.GetExport(engine, export);
    fixed (Guest* first = guests) measure((byte*)Marshal.StringToCoTaskMemUTF8(root), seed, first, guests.Length);
}
