using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>The C# side of the keyed comparison as the engine sees it, on the same terms as <see cref="Guests"/>.</summary>
internal static unsafe class KeyedGuest
{
    /// <summary>Describes our C# API.</summary>
    public static Guest Ours()
    {
        var guest = Guest.Create("csharp", "csharp_ns", Enum.GetValues<KeyedOperation>().Length);
        guest.Open = &Open;
        guest.Close = &Close;
        guest.Settle = &Settle;
        guest.AllocatedBytes = &AllocatedBytes;
        guest.Run[(int)KeyedOperation.ValueGet] = &ValueGet;
        guest.Run[(int)KeyedOperation.ValueUpdate] = &ValueUpdate;
        guest.Run[(int)KeyedOperation.ValueReadModifyWrite] = &ValueReadModifyWrite;
        guest.Run[(int)KeyedOperation.ValueGetTtl] = &ValueGetTtl;
        guest.Run[(int)KeyedOperation.ValueGetTtlRead] = &ValueGetTtlRead;
        guest.Run[(int)KeyedOperation.SumAdd] = &SumAdd;
        guest.Run[(int)KeyedOperation.ListAdd] = &ListAdd;
        guest.Run[(int)KeyedOperation.ListAddAll] = &ListAddAll;
        guest.Run[(int)KeyedOperation.ListUpdate] = &ListUpdate;
        guest.Run[(int)KeyedOperation.ListGet] = &ListGet;
        guest.Run[(int)KeyedOperation.ListGetTtl] = &ListGetTtl;
        guest.Run[(int)KeyedOperation.ListIterate] = &ListIterate;
        guest.Run[(int)KeyedOperation.MapGet] = &MapGet;
        guest.Run[(int)KeyedOperation.MapGetTtl] = &MapGetTtl;
        guest.Run[(int)KeyedOperation.MapContains] = &MapContains;
        guest.Run[(int)KeyedOperation.MapPut] = &MapPut;
        guest.Run[(int)KeyedOperation.MapPutAll] = &MapPutAll;
        guest.Run[(int)KeyedOperation.MapIsEmpty] = &MapIsEmpty;
        guest.Run[(int)KeyedOperation.MapKeysOf] = &MapKeysOf;
        guest.Run[(int)KeyedOperation.MapIterate] = &MapIterate;
        guest.Run[(int)KeyedOperation.LargeMapIterate] = &LargeMapIterate;
        guest.Run[(int)KeyedOperation.TimersSoon] = &TimersSoon;
        guest.Run[(int)KeyedOperation.TimersStanding] = &TimersStanding;
        return guest;
    }

    private static KeyedSide Side(nint state) => (KeyedSide)GCHandle.FromIntPtr(state).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Open(byte* folder, ulong cacheBytes)
    {
        var side = new KeyedSide(Marshal.PtrToStringUTF8((nint)folder)!, cacheBytes);
        side.WarmUp();
        return GCHandle.ToIntPtr(GCHandle.Alloc(side));
    }

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
    private static ulong ValueGet(nint state, Sequence* sequence) => Side(state).ValueGet(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ValueUpdate(nint state, Sequence* sequence) => Side(state).ValueUpdate(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ValueReadModifyWrite(nint state, Sequence* sequence) => Side(state).ValueReadModifyWrite(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ValueGetTtl(nint state, Sequence* sequence) => Side(state).ValueGetTtl(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ValueGetTtlRead(nint state, Sequence* sequence) => Side(state).ValueGetTtlRead(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong SumAdd(nint state, Sequence* sequence) => Side(state).SumAdd(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ListAdd(nint state, Sequence* sequence) => Side(state).ListAdd(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ListAddAll(nint state, Sequence* sequence) => Side(state).ListAddAll(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ListUpdate(nint state, Sequence* sequence) => Side(state).ListUpdate(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ListGet(nint state, Sequence* sequence) => Side(state).ListGet(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ListGetTtl(nint state, Sequence* sequence) => Side(state).ListGetTtl(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong ListIterate(nint state, Sequence* sequence) => Side(state).ListIterate(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapGet(nint state, Sequence* sequence) => Side(state).MapGet(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapGetTtl(nint state, Sequence* sequence) => Side(state).MapGetTtl(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapContains(nint state, Sequence* sequence) => Side(state).MapContains(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapPut(nint state, Sequence* sequence) => Side(state).MapPut(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapPutAll(nint state, Sequence* sequence) => Side(state).MapPutAll(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapIsEmpty(nint state, Sequence* sequence) => Side(state).MapIsEmpty(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapKeysOf(nint state, Sequence* sequence) => Side(state).MapKeysOf(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong MapIterate(nint state, Sequence* sequence) => Side(state).MapIterate(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong LargeMapIterate(nint state, Sequence* sequence) => Side(state).LargeMapIterate(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong TimersSoon(nint state, Sequence* sequence) => Side(state).TimersSoon(*sequence);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong TimersStanding(nint state, Sequence* sequence) => Side(state).TimersStanding(*sequence);
}
