using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>The engine's <c>struct side</c> of <c>benches/side.h</c>, filled with functions of this program.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Guest
{
    public byte* Name;
    public byte* Field;
    public delegate* unmanaged[Cdecl]<byte*, byte, nint> Open;
    public delegate* unmanaged[Cdecl]<nint, void> Close;
    public delegate* unmanaged[Cdecl]<nint, void> Settle;
    public delegate* unmanaged[Cdecl]<ulong> AllocatedBytes;
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong> Boundary;
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong> Get;
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong> Contains;
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong> MultiGet;
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong> Scan;
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong> Put;
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong> WriteBatch;
}
