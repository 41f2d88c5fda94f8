using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>
/// The two C# sides as the engine sees them. One call from native code runs a whole round, so that its cost disappears in thousands of operations. An
/// exception ends the program with its text: a benchmark has nothing to go back to.
/// </summary>
internal static unsafe class Guests
{
    /// <summary>Describes our C# API.</summary>
    public static Guest Ours()
    {
        var guest = Describe("csharp", "csharp_ns");
        guest.Open = &OpenOurs;
        guest.Run[(int)PlainOperation.Boundary] = &Boundary;
        return guest;
    }

    /// <summary>Describes RocksDbSharp.</summary>
    public static Guest RocksDbSharp()
    {
        var guest = Describe("rocksdbsharp", "rocksdbsharp_ns");
        guest.Open = &OpenRocksDbSharp;
        return guest;
    }

    private static Guest Describe(string name, string field)
    {
        var guest = Guest.Create(name, field, Enum.GetValues<PlainOperation>().Length);
        guest.Close = &Close;
        guest.Settle = &Settle;
        guest.AllocatedBytes = &AllocatedBytes;
        guest.Run[(int)PlainOperation.Get] = &Get;
        guest.Run[(int)PlainOperation.Contains] = &Contains;
        guest.Run[(int)PlainOperation.MultiGet] = &MultiGet;
        guest.Run[(int)PlainOperation.Scan] = &Scan;
        guest.Run[(int)PlainOperation.Put] = &Put;
        guest.Run[(int)PlainOperation.WriteBatch] = &WriteBatch;
        return guest;
    }

    private static nint Keep(IComparedSide side)
    {
        WarmUp.Run(side);
        return GCHandle.ToIntPtr(GCHandle.Alloc(side));
    }

    private static IComparedSide Side(nint state) => (IComparedSide)GCHandle.FromIntPtr(state).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint OpenOurs(byte* folder, ulong wal) => Keep(new OursSide(Marshal.PtrToStringUTF8((nint)folder)!, wal != 0));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint OpenRocksDbSharp(byte* folder, ulong wal) => Keep(new RocksDbSharpSide(Marshal.PtrToStringUTF8((nint)folder)!, wal != 0));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Close(nint state)
    {
        Side(state).Dispose();
        GCHandle.FromIntPtr(state).Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Settle(nint state) => Side(state).Settle();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong AllocatedBytes() => (ulong)GC.GetAllocatedBytesForCurrentThread();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong Boundary(nint state, Sequence* sequence) => Side(state).Boundary(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong Get(nint state, Sequence* sequence) => Side(state).Get(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong Contains(nint state, Sequence* sequence) => Side(state).Contains(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MultiGet(nint state, Sequence* sequence) => Side(state).MultiGet(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong Scan(nint state, Sequence* sequence) => Side(state).Scan();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong Put(nint state, Sequence* sequence) => Side(state).Put(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong WriteBatch(nint state, Sequence* sequence) => Side(state).WriteBatch(*sequence);
}
