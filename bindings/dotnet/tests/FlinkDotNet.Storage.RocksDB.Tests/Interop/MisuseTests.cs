using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Interop;

/// <summary>
/// What no managed caller can do: handles and pointers that are wrong, given to every export. Each is refused, none crashes.
/// </summary>
public sealed unsafe class MisuseTests : BackendTest
{
    private const string Describes = "fsb_error_message";

    private readonly byte[] _scratch = GC.AllocateArray<byte>(4096, pinned: true);

    public static TheoryData<string> ExportsWithAnOwner() =>
        new(NativeExports.All.Where(export => NativeExports.Owner(export).Length > 0 && export.Name != Describes).Select(export => export.Name));

    public static TheoryData<string> ExportsWithASecondHandle() =>
        new(NativeExports.All.Where(export => export.GetParameters().Skip(1).Any(NativeExports.IsHandle)).Select(export => export.Name));

    public static TheoryData<string> ExportsWithInput() =>
        new(NativeExports.All.Where(export => export.GetParameters().Any(NativeExports.IsInput)).Select(export => export.Name));

    public static TheoryData<string> ExportsWithOutput() =>
        new(NativeExports.All.Where(export => export.GetParameters().Any(NativeExports.IsOutput)).Select(export => export.Name));

    private nint Scratch
    {
        get
        {
            fixed (byte* place = _scratch) return (nint)place;
        }
    }

    [Theory]
    [MemberData(nameof(ExportsWithAnOwner))]
    public void Export_WithAHandleThatIsNone_IsRefused(string name)
    {
        var export = NativeExports.Named(name);
        using var objects = new NativeObjects(DataDirectory);
        foreach (var ticket in new[] { 0, 1, 0x1234_5678, nint.MaxValue, nint.MinValue, objects[OfAnotherType(name)] })
        {
            var expected = ticket == 0 && name.EndsWith("_free", StringComparison.Ordinal) ? StateBackendStatus.Ok : StateBackendStatus.InvalidHandle;
            var status = NativeExports.Status(export, parameter => NativeExports.IsHandle(parameter) ? ticket : Outputs(parameter));
            Assert.True(expected == status, $"{name} answers {status} to the handle {ticket:x}.");
        }
    }

    [Theory]
    [MemberData(nameof(ExportsWithAnOwner))]
    public void Export_WithAFreedHandle_IsRefused(string name)
    {
        nint ticket;
        using (var objects = new NativeObjects(DataDirectory)) ticket = objects[NativeExports.Owner(NativeExports.Named(name))];
        Assert.Equal(
            StateBackendStatus.InvalidHandle,
            NativeExports.Status(NativeExports.Named(name), parameter => NativeExports.IsHandle(parameter) ? ticket : Outputs(parameter)));
    }

    [Theory]
    [MemberData(nameof(ExportsWithASecondHandle))]
    public void Export_WithASecondHandleThatIsNone_IsRefused(string name)
    {
        var export = NativeExports.Named(name);
        using var objects = new NativeObjects(DataDirectory);
        fixed (byte* document = "{\"data_directory\":\"/nowhere\"}"u8, part = "{\"parallelism\":2,\"subtask\":0}"u8)
        {
            nint json = (nint)document, rescale = (nint)part, store = 0x1234_5678, stores = (nint)(&store);
            var status = NativeExports.Status(export, parameter => parameter.Name switch
            {
                "snapshot" or "resources" => (nint)0x1234_5678,
                "backend" when export.Name.StartsWith("fsb_credit_pool", StringComparison.Ordinal) => (nint)0x1234_5678,
                "store" when export.Name.StartsWith("fsb_backend", StringComparison.Ordinal) => (nint)0x1234_5678,
                "optionsJson" => json,
                "optionsJsonLength" => (nuint)29,
                "stores" => stores,
                "storeCount" => (nuint)1,
                "rescaleJson" => rescale,
                "rescaleJsonLength" => (nuint)29,
                _ => NativeExports.IsHandle(parameter) ? objects[parameter.Name!] : Outputs(parameter),
            });
            Assert.Equal(StateBackendStatus.InvalidHandle, status);
        }
    }

    [Theory]
    [MemberData(nameof(ExportsWithInput))]
    public void Export_WithNullAndALength_IsRefused(string name)
    {
        using var objects = new NativeObjects(DataDirectory);
        var status = NativeExports.Status(
            NativeExports.Named(name),
            parameter => NativeExports.IsInput(parameter) ? null : NativeExports.IsInputLength(parameter) ? (nuint)5 : Given(objects, parameter));
        Assert.Equal(StateBackendStatus.InvalidArgument, status);
    }

    [Theory]
    [MemberData(nameof(ExportsWithInput))]
    public void Export_WithAHugeLength_IsRefusedUnread(string name)
    {
        using var objects = new NativeObjects(DataDirectory);
        foreach (var length in new[] { nuint.MaxValue, (nuint)nint.MaxValue, (nuint)1 << 40 })
        {
            var status = NativeExports.Status(
                NativeExports.Named(name),
                parameter => NativeExports.IsInput(parameter) ? Scratch : NativeExports.IsInputLength(parameter) ? length : Given(objects, parameter));
            Assert.True(
                status is StateBackendStatus.LimitExceeded or StateBackendStatus.InvalidArgument, $"{name} answers {status} to the length {length}.");
        }
    }

    [Theory]
    [MemberData(nameof(ExportsWithOutput))]
    public void Export_WithNowhereToWrite_IsRefused(string name)
    {
        using var objects = new NativeObjects(DataDirectory);
        var status = NativeExports.Status(NativeExports.Named(name), parameter => NativeExports.IsHandle(parameter) ? objects[parameter.Name!] : null);
        Assert.True(status is StateBackendStatus.InvalidArgument or StateBackendStatus.InvalidOption, $"{name} answers {status} to null.");
    }

    [Fact]
    public void ErrorMessage_OfAHandleThatIsNone_IsEmpty()
    {
        Assert.Equal(string.Empty, StatusCheck.Text(NativeMethods.fsb_error_message(0)));
        Assert.Equal(string.Empty, StatusCheck.Text(NativeMethods.fsb_error_message(0x1234_5678)));
    }

    [Fact]
    public void Structs_SmallerThanTheFirstOfTheirKind_AreRefused()
    {
        using var objects = new NativeObjects(DataDirectory);
        var live = new fsb_live_objects { struct_size = 8 };
        Assert.Equal((int)StateBackendStatus.InvalidArgument, NativeMethods.fsb_live_objects_count(&live));
        var statistics = new fsb_statistics { struct_size = 8 };
        Assert.Equal((int)StateBackendStatus.InvalidArgument, NativeMethods.fsb_backend_statistics(objects["backend"], &statistics, null));
        var pressure = new fsb_pressure { struct_size = 8 };
        Assert.Equal((int)StateBackendStatus.InvalidArgument, NativeMethods.fsb_backend_pressure(objects["backend"], &pressure, null));
        var report = new fsb_checkpoint_report { struct_size = 8 };
        Assert.Equal((int)StateBackendStatus.InvalidArgument, NativeMethods.fsb_checkpoint_wait(objects["checkpoint"], 0, &report, null));
        var progress = new fsb_checkpoint_progress { struct_size = 8 };
        Assert.Equal((int)StateBackendStatus.InvalidArgument, NativeMethods.fsb_checkpoint_read_progress(objects["checkpoint"], &progress, null));
        nint iterator = 0;
        var options = new fsb_iterator_options { struct_size = 8 };
        Assert.Equal((int)StateBackendStatus.InvalidArgument, NativeMethods.fsb_column_family_iterator(objects["family"], &options, &iterator, null));
    }

    private static string OfAnotherType(string export) => NativeExports.Owner(NativeExports.Named(export)) == "backend" ? "family" : "backend";

    /// <summary>Memory for what an export writes.</summary>
    private object? Outputs(System.Reflection.ParameterInfo parameter) => NativeExports.IsOutput(parameter) ? Scratch : null;

    private object? Given(NativeObjects objects, System.Reflection.ParameterInfo parameter) => parameter.Name == "snapshot" || parameter.Name == "resources"
        ? null
        : NativeExports.IsHandle(parameter) ? objects[parameter.Name!] : Outputs(parameter);
}
