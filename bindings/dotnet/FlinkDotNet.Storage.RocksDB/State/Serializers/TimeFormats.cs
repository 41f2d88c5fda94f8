using System.Buffers.Binary;
using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB;

// Times keep their order: ticks are big-endian with the sign flipped.

/// <summary>Ticks and, in the two lowest bits, the kind: a local time comes back as the same time of the day, wherever it is read.</summary>
internal readonly struct DateTimeFormat : IFixedFormat<DateTime>
{
    private const int KindBits = 2;
    private const ulong KindMask = (1 << KindBits) - 1;

    public static string TypeId => "datetime";

    public static int Size => sizeof(long);

    public static void Write(DateTime value, Span<byte> target) =>
        BinaryPrimitives.WriteUInt64BigEndian(target, ((ulong)value.Ticks << KindBits) | (ulong)value.Kind);

    public static DateTime Read(ReadOnlySpan<byte> bytes)
    {
        var bits = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return new DateTime((long)(bits >> KindBits), (DateTimeKind)(bits & KindMask));
    }
}

/// <summary>Ticks of the moment in UTC, then the offset in minutes.</summary>
internal readonly struct DateTimeOffsetFormat : IFixedFormat<DateTimeOffset>
{
    public static string TypeId => "datetimeoffset";

    public static int Size => sizeof(long) + sizeof(short);

    public static void Write(DateTimeOffset value, Span<byte> target)
    {
        Int64Format.Write(value.UtcTicks, target);
        Int16Format.Write((short)(value.Offset.Ticks / TimeSpan.TicksPerMinute), target[sizeof(long)..]);
    }

    public static DateTimeOffset Read(ReadOnlySpan<byte> bytes)
    {
        var moment = new DateTimeOffset(Int64Format.Read(bytes), TimeSpan.Zero);
        return moment.ToOffset(TimeSpan.FromMinutes(Int16Format.Read(bytes[sizeof(long)..])));
    }
}

internal readonly struct TimeSpanFormat : IFixedFormat<TimeSpan>
{
    public static string TypeId => "timespan";

    public static int Size => sizeof(long);

    public static void Write(TimeSpan value, Span<byte> target) => Int64Format.Write(value.Ticks, target);

    public static TimeSpan Read(ReadOnlySpan<byte> bytes) => new(Int64Format.Read(bytes));
}

internal readonly struct DateOnlyFormat : IFixedFormat<DateOnly>
{
    public static string TypeId => "date";

    public static int Size => sizeof(int);

    public static void Write(DateOnly value, Span<byte> target) => Int32Format.Write(value.DayNumber, target);

    public static DateOnly Read(ReadOnlySpan<byte> bytes) => DateOnly.FromDayNumber(Int32Format.Read(bytes));
}

internal readonly struct TimeOnlyFormat : IFixedFormat<TimeOnly>
{
    public static string TypeId => "time";

    public static int Size => sizeof(long);

    public static void Write(TimeOnly value, Span<byte> target) => Int64Format.Write(value.Ticks, target);

    public static TimeOnly Read(ReadOnlySpan<byte> bytes) => new(Int64Format.Read(bytes));
}

/// <summary>Start and end: windows are in the order of their starts.</summary>
internal readonly struct TimeWindowFormat : IFixedFormat<TimeWindow>
{
    public static string TypeId => "time-window";

    public static int Size => 2 * sizeof(long);

    public static void Write(TimeWindow value, Span<byte> target)
    {
        Int64Format.Write(value.Start, target);
        Int64Format.Write(value.End, target[sizeof(long)..]);
    }

    public static TimeWindow Read(ReadOnlySpan<byte> bytes) => new(Int64Format.Read(bytes), Int64Format.Read(bytes[sizeof(long)..]));
}
