using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB.PanicTests;

/// <summary>The library built with the feature test-hooks, which this process loads instead of the ordinary one.</summary>
internal static unsafe class HooksLibrary
{
    /// <summary>Names the file; without it the tests of this project are skipped.</summary>
    public const string Variable = "FSB_TEST_HOOKS_LIBRARY";

    private static readonly Lazy<nint> Library = new(() => NativeLibrary.Load(Path!));

    public static string? Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;

    /// <summary>Makes the next call of an export panic.</summary>
    public static void Arm(string export)
    {
        var arm = (delegate* unmanaged<byte*, nuint, int>)NativeLibrary.GetExport(Library.Value, "fsb_test_arm_panic");
        var name = Encoding.UTF8.GetBytes(export);
        int status;
        fixed (byte* bytes = name) status = arm(bytes, (nuint)name.Length);
        Assert.Equal((int)StateBackendStatus.Ok, status);
    }

    /// <summary>Takes a panic back that has not happened.</summary>
    public static void Disarm()
    {
        var disarm = (delegate* unmanaged<int>)NativeLibrary.GetExport(Library.Value, "fsb_test_disarm");
        Assert.Equal((int)StateBackendStatus.Ok, disarm());
    }

    /// <summary>Names the library before anything loads one.</summary>
    [ModuleInitializer]
    internal static void Choose()
    {
        if (Path is not null) AppContext.SetData(NativeLibraryLoader.OverrideSetting, Path);
    }
}
