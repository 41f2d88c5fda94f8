using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlinkDotNet.Storage.RocksDB.Interop;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Interop;

/// <summary>Holds the C# declarations to the C header.</summary>
public class HeaderTests
{
    private const BindingFlags Declared = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private static readonly HeaderSource Header = HeaderSource.Read();

    private static readonly Dictionary<string, Type> Scalars = new(StringComparer.Ordinal)
    {
        ["void"] = typeof(void),
        ["char"] = typeof(byte),
        ["uint8_t"] = typeof(byte),
        ["int32_t"] = typeof(int),
        ["fsb_status"] = typeof(int),
        ["int64_t"] = typeof(long),
        ["uint32_t"] = typeof(uint),
        ["uint64_t"] = typeof(ulong),
        ["size_t"] = typeof(nuint),
        ["double"] = typeof(double),
    };

    public static TheoryData<string> FunctionNames() => new(Header.Functions().Keys);

    public static TheoryData<string> StructNames() => new(Header.Structs().Keys);

    [Fact]
    public void Functions_OfHeaderAndImports_AreTheSame() =>
        Assert.Equal(Header.Functions().Keys.Order(StringComparer.Ordinal), NativeExports.All.Select(import => import.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(FunctionNames))]
    public void Function_OfHeader_HasTheImportsTypes(string name)
    {
        var import = NativeExports.Named(name);
        var types = new[] { import.ReturnType }.Concat(import.GetParameters().Select(parameter => parameter.ParameterType));
        Assert.Equal(Header.Functions()[name].Select(Managed), types);
    }

    [Theory]
    [MemberData(nameof(StructNames))]
    public void Struct_OfHeader_HasTheMirrorsLayout(string name)
    {
        var mirror = Mirror(name);
        Assert.NotNull(mirror);
        var fields = Header.Structs()[name];
        Assert.Equal(fields.Select(field => field.Name), mirror.GetFields().Select(field => field.Name));
        var (offsets, size) = Layout(fields);
        Assert.Equal(offsets, fields.Select(field => (int)Marshal.OffsetOf(mirror, field.Name)));
        Assert.Equal(size, Marshal.SizeOf(mirror));
        Assert.All(fields, field => Assert.Equal(Managed(field.Type), ElementType(mirror.GetField(field.Name)!, field.Count)));
    }

    [Fact]
    public void Limits_OfHeaderAndConstants_AreTheSame()
    {
        var constants = typeof(NativeMethods).GetFields(Declared)
            .Where(field => field.Name.StartsWith("FSB_", StringComparison.Ordinal))
            .ToDictionary(field => field.Name, field => Convert.ToUInt64(field.GetRawConstantValue(), null), StringComparer.Ordinal);
        var header = Header.Constants().Where(constant => !IsStatus(constant.Key));
        Assert.Equal(header.OrderBy(pair => pair.Key, StringComparer.Ordinal), constants.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Statuses_OfHeaderAndEnum_AreTheSame()
    {
        var statuses = Enum.GetValues<StateBackendStatus>().ToDictionary(status => Spelling(status.ToString()), status => (ulong)status);
        var header = Header.Constants().Where(constant => IsStatus(constant.Key));
        Assert.Equal(header.OrderBy(pair => pair.Value), statuses.OrderBy(pair => pair.Value));
    }

    [Fact]
    public unsafe void StatusNames_OfLibraryAndEnum_AreTheSame()
    {
        NativeLibraryLoader.EnsureLoaded();
        Assert.All(
            Enum.GetValues<StateBackendStatus>(),
            status => Assert.Equal(Spelling(status.ToString()), "FSB_STATUS_" + StatusCheck.Text(NativeMethods.fsb_status_name((int)status))));
        Assert.Equal("UNKNOWN", StatusCheck.Text(NativeMethods.fsb_status_name(-5)));
    }

    [Fact]
    public void Imports_Marshalling_IsDisabled() =>
        Assert.NotNull(typeof(NativeMethods).Assembly.GetCustomAttribute<DisableRuntimeMarshallingAttribute>());

    private static bool IsStatus(string name) => name.StartsWith("FSB_STATUS_", StringComparison.Ordinal);

    private static string Spelling(string name) =>
        "FSB_STATUS_" + System.Text.Json.JsonNamingPolicy.SnakeCaseUpper.ConvertName(name);

    private static Type? Mirror(string name) => typeof(NativeMethods).Assembly.GetType($"{typeof(NativeMethods).Namespace}.{name}");

    private static Type Managed(string type)
    {
        var stars = type.Count(character => character == '*');
        var name = type.TrimEnd('*');
        var managed = Header.OpaqueTypes().Contains(name) && Mirror(name) is null ? typeof(nint) : Scalars.GetValueOrDefault(name) ?? Mirror(name)!;
        for (var star = managed == typeof(nint) ? 1 : 0; star < stars; star++) managed = managed.MakePointerType();
        return managed;
    }

    private static Type ElementType(FieldInfo field, int count) =>
        field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer && buffer.Length == count ? buffer.ElementType : field.FieldType;

    /// <summary>Lays fields out as C does on a machine with 64-bit pointers: each at a multiple of its own size.</summary>
    private static (int[] Offsets, int Size) Layout((string Type, string Name, int Count)[] fields)
    {
        var offsets = new List<int>();
        int offset = 0, widest = 1;
        foreach (var (type, _, count) in fields)
        {
            var size = SizeOf(Managed(type));
            widest = Math.Max(widest, size);
            offset = (offset + size - 1) / size * size;
            offsets.Add(offset);
            offset += size * count;
        }

        return (offsets.ToArray(), (offset + widest - 1) / widest * widest);
    }

    private static int SizeOf(Type type) => type.IsPointer ? nint.Size : Marshal.SizeOf(type);
}
