using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Benchmarks;

/// <summary>The engine's <c>struct side</c> of <c>benches/side.h</c>, filled with functions of this program.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Guest
{
    public byte* Name;
    public byte* Field;
    public delegate* unmanaged[Cdecl]<byte*, ulong, nint> Open;
    public delegate* unmanaged[Cdecl]<nint, void> Close;
    public delegate* unmanaged[Cdecl]<nint, void> Settle;
    public delegate* unmanaged[Cdecl]<ulong> AllocatedBytes;

    /// <summary>The operations by their number, null for one that the side does not have.</summary>
    public delegate* unmanaged[Cdecl]<nint, Sequence*, ulong>* Run;

    /// <summary>Makes a guest without functions.</summary>
    public static Guest Create(string name, string field, int operationCount) => new()
    {
        Name = (byte*)Marshal.StringToCoTaskMemUTF8(name),
        Field = (byte*)Marshal.StringToCoTaskMemUTF8(field),
        Run = (delegate* unmanaged[Cdecl]<nint, Sequence*, ulong>*)NativeMemory.AllocZeroed((nuint)operationCount, (nuint)sizeof(nint)),
    };
}
