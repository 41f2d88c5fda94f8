using System.Reflection;
using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.PanicTests;

/// <summary>A panic inside any export ends the call, poisons at most its backend, and harms nothing else.</summary>
public sealed unsafe class InjectedPanicTests : IDisposable
{
    private readonly TestFolder _folder;
    private readonly string _aliveBefore;

    public InjectedPanicTests()
    {
        Assert.SkipWhen(HooksLibrary.Path is null, $"{HooksLibrary.Variable} names no library built with the feature test-hooks.");
        _folder = new TestFolder();
        NativeLibraryLoader.EnsureLoaded();
        _aliveBefore = BackendTest.AliveObjects();
    }

    /// <summary>All exports but the two that have nothing that could panic.</summary>
    public static TheoryData<string> Exports() => new(NativeExports.All.Select(export => export.Name).Except(["fsb_abi_version", "fsb_version"]));

    [Theory]
    [MemberData(nameof(Exports))]
    public void Export_ThatPanics_AnswersAndPoisonsItsBackendOnly(string export)
    {
        var import = NativeExports.Named(export);
        using (var objects = new NativeObjects(_folder.At("state")))
        using (var others = new NativeObjects(_folder.At("other")))
        {
            HooksLibrary.Arm(export);
            var answer = Call(import, objects, out var message);
            HooksLibrary.Disarm();
            AssertPanicked(import, answer, message);
            AssertPoisoned(objects, import.GetParameters().Any(BelongsToBackend));
            AssertPoisoned(others, expected: false);
        }

        AssertRowIsThere();
        Assert.Equal(_aliveBefore, BackendTest.AliveObjects());
    }

    [Fact]
    public void Backend_ThatPanicked_ThrowsUntilItIsOpenedAgain()
    {
        var logger = new CollectingLogger();
        var options = new RocksDBOptions { DataDirectory = _folder.At("state") };
        var backend = new RocksDBStateBackend(options, logger);
        var family = backend.ColumnFamily("default");
        family.Put("row"u8, "row"u8);
        HooksLibrary.Arm("fsb_column_family_contains");
        var panic = Assert.Throws<StateBackendPoisonedException>(() => family.Contains("row"u8));
        Assert.Equal(StateBackendStatus.Panic, panic.Status);
        Assert.Contains("fsb_column_family_contains", panic.Message, StringComparison.Ordinal);
        Assert.Equal(StateBackendStatus.Poisoned, Assert.Throws<StateBackendPoisonedException>(() => family.Get("row"u8)).Status);
        Assert.True(backend.GetStatistics().IsStale);
        backend.Dispose();
        AssertRowIsThere();
        Assert.Equal(_aliveBefore, BackendTest.AliveObjects());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Calls an export with its own object, and nothing for all other arguments.</summary>
    private static object? Call(MethodInfo export, NativeObjects objects, out string message)
    {
        nint error = 0;
        var place = (nint)(&error);
        var answer = NativeExports.Call(
            export, parameter => NativeExports.IsHandle(parameter) ? objects[parameter.Name!] : NativeExports.IsError(parameter) ? place : null);
        message = error == 0 ? string.Empty : StatusCheck.TakeFailure(StateBackendStatus.Panic, error).Message;
        return answer;
    }

    private static bool BelongsToBackend(ParameterInfo parameter) =>
        NativeExports.IsHandle(parameter) && NativeObjects.BelongsToBackend(parameter.Name!);

    private static void AssertPanicked(MethodInfo import, object? answer, string message)
    {
        if (import.ReturnType != typeof(int)) return;
        Assert.Equal(StateBackendStatus.Panic, (StateBackendStatus)(int)answer!);
        if (import.GetParameters().Any(NativeExports.IsError))
        {
            Assert.Equal($"{import.Name} panicked: injected into {import.Name}", message);
        }
    }

    private static void AssertPoisoned(NativeObjects objects, bool expected)
    {
        uint id;
        var status = (StateBackendStatus)NativeMethods.fsb_column_family_id(objects["family"], &id, null);
        Assert.Equal(expected ? StateBackendStatus.Poisoned : StateBackendStatus.Ok, status);
    }

    private void AssertRowIsThere()
    {
        using var backend = new RocksDBStateBackend(new RocksDBOptions { DataDirectory = _folder.At("state") }, new CollectingLogger());
        Assert.True(backend.ColumnFamily("default").Get("row"u8).AsSpan().SequenceEqual("row"u8), "The row is gone.");
    }
}
