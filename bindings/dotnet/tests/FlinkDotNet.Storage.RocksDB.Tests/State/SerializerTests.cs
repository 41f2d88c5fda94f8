using System.Buffers;
using System.Text.Json.Serialization;
using FlinkDotNet.Core.Abstractions.Serializers;
using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed partial class SerializerTests
{
    private static readonly string Long = new('x', 600);
    private static readonly Guid SomeGuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    public static TheoryData<string, Action> RoundTrips() => new()
    {
        { "bool", () => RoundTrip("bool", 1, false, true) },
        { "u8", () => RoundTrip<byte>("u8", 1, 0, 1, 127, 128, 255) },
        { "i8", () => RoundTrip<sbyte>("i8", 1, sbyte.MinValue, -1, 0, 1, sbyte.MaxValue) },
        { "i16", () => RoundTrip<short>("i16", 2, short.MinValue, -256, -1, 0, 1, 256, short.MaxValue) },
        { "u16", () => RoundTrip<ushort>("u16", 2, 0, 255, 256, ushort.MaxValue) },
        { "i32", () => RoundTrip("i32", 4, int.MinValue, -65536, -1, 0, 1, 65536, int.MaxValue) },
        { "u32", () => RoundTrip<uint>("u32", 4, 0, 65535, 65536, uint.MaxValue) },
        { "i64", () => RoundTrip<long>("i64", 8, long.MinValue, -(1L << 32), -1, 0, 1, 1L << 32, long.MaxValue) },
        { "u64", () => RoundTrip<ulong>("u64", 8, 0, 1UL << 32, ulong.MaxValue) },
        { "f32", () => RoundTrip("f32", 4, float.NegativeInfinity, float.MinValue, -1, -float.Epsilon, 0, float.Epsilon, float.PositiveInfinity) },
        { "f64", () => RoundTrip("f64", 8, double.NegativeInfinity, double.MinValue, -1, -double.Epsilon, 0, double.Epsilon, double.MaxValue) },
        { "char", () => RoundTrip("char", 2, '\0', 'a', '\u00e9', '\ud800', char.MaxValue) },
        { "guid", () => RoundTrip("guid", 16, Guid.Empty, SomeGuid, Guid.Parse("ffffffff-ffff-ffff-ffff-ffffffffffff")) },
        { "datetime", () => RoundTrip("datetime", 8, DateTime.MinValue, new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), DateTime.MaxValue) },
        { "timespan", () => RoundTrip("timespan", 8, TimeSpan.MinValue, TimeSpan.FromTicks(-1), TimeSpan.Zero, TimeSpan.MaxValue) },
        { "date", () => RoundTrip("date", 4, DateOnly.MinValue, new DateOnly(1970, 1, 1), DateOnly.MaxValue) },
        { "time", () => RoundTrip("time", 8, TimeOnly.MinValue, new TimeOnly(12, 0), TimeOnly.MaxValue) },
        { "string", () => RoundTrip("string", null, string.Empty, "\0", "a", "a\0", "ab", new string('x', 5000), "\u00e9") },
        { "i32?", () => RoundTrip<int?>("i32?", null, null, int.MinValue, 0, 7) },
        { "(i32,i64)", () => RoundTrip("(i32,i64)", 12, (-1, long.MaxValue), (0, long.MinValue), (0, 0L), (1, -5L)) },
        { "(u8,u8,string)", () => RoundTrip<(byte, byte, string)>("(u8,u8,string)", null, (0, 0, "z"), (0, 1, string.Empty), (1, 0, "a")) },
    };

    public static TheoryData<string, Action> OthersThatComeBack() => new()
    {
        { "decimal", () => ComeBack("decimal", 16, decimal.MinValue, -1.50m, 0m, 0.00m, 1m / 3, decimal.MaxValue) },
        { "f64", () => ComeBack("f64", 8, double.NaN, -0.0, 0.0, double.PositiveInfinity) },
        { "datetime", () => ComeBack("datetime", 8, new DateTime(5, DateTimeKind.Local), new DateTime(5, DateTimeKind.Unspecified)) },
        { "datetimeoffset", () => ComeBack("datetimeoffset", 10, DateTimeOffset.MinValue, new(2024, 1, 1, 0, 0, 0, TimeSpan.FromHours(-11))) },
        { "bytes", () => ComeBack<byte[]>("bytes", null, [], [0], [1, 0, 255], new byte[5000]) },
        { "time-window", () => ComeBack("time-window", 16, new TimeWindow(long.MinValue, -1), new TimeWindow(-5, long.MaxValue)) },
        { "(string,string)", () => ComeBack("(string,string)", null, ("a", "b"), (string.Empty, "ab"), ("ab", string.Empty), (Long, "y")) },
        { "four", () => ComeBack<(bool?, Guid, ulong, float)>("(bool?,guid,u64,f32)", null, (null, SomeGuid, 1, 2), (true, default, 0, -1)) },
        { "((i32,string),date)", () => ComeBack("((i32,string),date)", null, ((1, "a"), DateOnly.MaxValue), ((2, string.Empty), DateOnly.MinValue)) },
        { "(i32,i64)?", () => ComeBack<(int, long)?>("(i32,i64)?", null, null, (1, 2L)) },
    };

    /// <summary>The values come back, and the order of their bytes is theirs.</summary>
    [Theory]
    [MemberData(nameof(RoundTrips), DisableDiscoveryEnumeration = true)]
    public void Values_InOrder_ComeBackAndTheirBytesAreInOrder(string format, Action check)
    {
        ArgumentNullException.ThrowIfNull(check);
        Assert.NotEmpty(format);
        check();
    }

    [Theory]
    [MemberData(nameof(OthersThatComeBack), DisableDiscoveryEnumeration = true)]
    public void Values_OfOtherFormats_ComeBack(string format, Action check)
    {
        ArgumentNullException.ThrowIfNull(check);
        Assert.NotEmpty(format);
        check();
    }

    [Fact]
    public void DecimalsAndOffsets_ThatAreEqual_KeepHowTheyAreWritten()
    {
        Assert.Equal("1.50", Read<decimal>(Bytes(1.50m)).ToString(System.Globalization.CultureInfo.InvariantCulture));
        var moment = new DateTimeOffset(2024, 1, 1, 12, 0, 0, TimeSpan.FromHours(5.5));
        Assert.Equal(moment.Offset, Read<DateTimeOffset>(Bytes(moment)).Offset);
        Assert.Equal(DateTimeKind.Local, Read<DateTime>(Bytes(new DateTime(5, DateTimeKind.Local))).Kind);
        Assert.Equal(BitConverter.DoubleToInt64Bits(-0.0), BitConverter.DoubleToInt64Bits(Read<double>(Bytes(-0.0))));
    }

    [Fact]
    public void Bytes_OfAnotherFormat_AreRefused()
    {
        Assert.Throws<FormatException>(() => Read<long>([1, 2, 3]));
        Assert.Throws<FormatException>(() => Read<bool>([2]));
        Assert.Throws<FormatException>(() => Read<int?>([]));
        Assert.Throws<FormatException>(() => Read<int?>([0, 0]));
        Assert.Throws<FormatException>(() => Read<(int, int)>([1, 2, 3]));
        Assert.Throws<FormatException>(() => Read<(string, int)>([0, 0, 0]));
        Assert.Throws<FormatException>(() => Read<(string, int)>([0, 0, 0, 9, 1]));
        Assert.ThrowsAny<ArgumentException>(() => Read<string>([0xff]));
        Assert.ThrowsAny<ArgumentException>(() => Bytes("\ud800"));
    }

    [Fact]
    public void Type_WithoutASerializer_IsRefusedUntilOneIsRegistered()
    {
        Assert.Contains(nameof(Uri), Assert.Throws<ArgumentException>(StateSerializers.Get<Uri>).Message, StringComparison.Ordinal);
        var serializer = StateSerializers.Json(SomeJson.Default.Uri);
        StateSerializers.Register(serializer);
        StateSerializers.Register(serializer);
        Assert.Same(serializer, StateSerializers.Get<Uri>());
        Assert.Throws<InvalidOperationException>(() => StateSerializers.Register(StateSerializers.Json(SomeJson.Default.Uri)));
        Assert.Throws<InvalidOperationException>(() => StateSerializers.Register(new Unary()));
        Assert.Same(StateSerializers.Get<long>(), StateSerializers.Get<long>());
        Assert.Same(StateSerializers.Get<(long, Uri)>(), StateSerializers.Get<(long, Uri)>());
    }

    [Fact]
    public void Json_OfARecord_IsShortTextAndComesBack()
    {
        var json = StateSerializers.Json(SomeJson.Default.Flight, "flight");
        Assert.Equal("flight", json.TypeId);
        var flight = new Flight("UA \u00e9", 12, ["JFK", "<&>"]);
        var bytes = json.Serialize(flight);
        Assert.Equal("""{"Carrier":"UA é","Number":12,"Stops":["JFK","<&>"]}""", System.Text.Encoding.UTF8.GetString(bytes));
        var again = json.Deserialize(bytes)!;
        Assert.Equal((flight.Carrier, flight.Number), (again.Carrier, again.Number));
        Assert.Equal(flight.Stops, again.Stops);
        Assert.True(json.TryWrite(flight, new byte[100], out var written));
        Assert.Equal(bytes.Length, written);
        Assert.False(json.TryWrite(flight, new byte[10], out _));
    }

    [Fact]
    public void FlinkNetSerializer_Adapted_IsNamedByItsClass()
    {
        var adapted = StateSerializers.From(new Reversing());
        Assert.Contains(nameof(Reversing), adapted.TypeId, StringComparison.Ordinal);
        Assert.Null(adapted.FixedSize);
        Assert.True(adapted.TryWrite("abc", new byte[3], out _));
        Assert.False(adapted.TryWrite("abc", new byte[2], out _));
        Assert.Equal("abc", adapted.Read(adapted.Serialize("abc")));
        var own = new Unary();
        Assert.Same(own, StateSerializers.From(own));
    }

    [Fact]
    public void OwnSerializer_WithTheLeast_WritesValuesOfAnySize()
    {
        IStateSerializer<int> own = new Unary();
        foreach (var value in new[] { 0, 1, 100, 5000, 100_000 }) Assert.Equal(value, own.Deserialize(own.Serialize(value)));
        Assert.ThrowsAny<ArgumentException>(() => own.Serialize(int.MaxValue));
    }

    private static byte[] Bytes<T>(T value) => StateSerializers.Get<T>().Serialize(value);

    private static T Read<T>(byte[] bytes) => StateSerializers.Get<T>().Read(bytes);

    private static void RoundTrip<T>(string typeId, int? fixedSize, params T[] ordered)
    {
        ComeBack(typeId, fixedSize, ordered);
        var serialized = ordered.Select(Bytes).ToList();
        Assert.All(serialized.Zip(serialized.Skip(1)), pair => Assert.True(pair.First.AsSpan().SequenceCompareTo(pair.Second) < 0));
    }

    private static void ComeBack<T>(string typeId, int? fixedSize, params T[] values)
    {
        var serializer = StateSerializers.Get<T>();
        Assert.Equal(typeId, serializer.TypeId);
        Assert.Equal(fixedSize, serializer.FixedSize);
        foreach (var value in values)
        {
            var bytes = serializer.Serialize(value);
            Assert.Equal(value, serializer.Read(bytes));
            Assert.Equal(fixedSize ?? bytes.Length, bytes.Length);
            var target = new byte[bytes.Length + 3];
            Assert.True(serializer.TryWrite(value, target, out var written));
            Assert.Equal(bytes, target[..written]);
            Assert.True(serializer.TryWrite(value, target.AsSpan(0, bytes.Length), out _));
            for (var size = bytes.Length - 1; size >= Math.Max(0, bytes.Length - 20); size--)
            {
                Assert.False(serializer.TryWrite(value, target.AsSpan(0, size), out _), $"{size} bytes are not enough.");
            }
        }
    }

    internal sealed record Flight(string Carrier, int Number, string[] Stops);

    [JsonSerializable(typeof(Flight))]
    [JsonSerializable(typeof(Uri))]
    private sealed partial class SomeJson : JsonSerializerContext;

    private sealed class Reversing : ITypeSerializer<string>
    {
        public byte[] Serialize(string obj) => System.Text.Encoding.UTF8.GetBytes(obj.Reverse().ToArray());

        public string Deserialize(byte[] bytes) => new(System.Text.Encoding.UTF8.GetString(bytes).Reverse().ToArray());
    }

    /// <summary>Writes a number as that many bytes.</summary>
    private sealed class Unary : IStateSerializer<int>
    {
        public string TypeId => "unary";

        public bool TryWrite(int value, Span<byte> target, out int written)
        {
            written = value;
            if (value > target.Length) return false;
            target[..value].Fill(1);
            return true;
        }

        public int Read(ReadOnlySpan<byte> bytes) => bytes.Length;
    }
}
