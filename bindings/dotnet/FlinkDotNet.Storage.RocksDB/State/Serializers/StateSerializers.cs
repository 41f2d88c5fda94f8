using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using FlinkDotNet.Core.Abstractions.Serializers;
using FlinkDotNet.Core.Abstractions.Windowing;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The serializers at hand, by type. Built in are the integers, <c>bool</c>, <c>float</c>, <c>double</c>, <c>decimal</c>, <c>char</c>,
/// <c>string</c>, <see cref="Guid"/>, <see cref="DateTime"/>, <see cref="DateTimeOffset"/>, <see cref="TimeSpan"/>, <see cref="DateOnly"/>,
/// <see cref="TimeOnly"/>, <c>byte[]</c>, <see cref="ReadOnlyMemory{T}"/> of bytes, <see cref="TimeWindow"/>, and tuples of two to four and
/// nullables of those. Usable from any thread.
/// </summary>
/// <remarks>
/// Numbers, times and Guids are written so that the order of their bytes is their own order; <c>decimal</c> is not, and a tuple is as far as
/// its parts have a fixed size.
/// </remarks>
public static class StateSerializers
{
    private static readonly Dictionary<Type, object> BuiltIn = new()
    {
        [typeof(bool)] = new FixedSizeSerializer<bool, BooleanFormat>(),
        [typeof(byte)] = new FixedSizeSerializer<byte, ByteFormat>(),
        [typeof(sbyte)] = new FixedSizeSerializer<sbyte, SByteFormat>(),
        [typeof(short)] = new FixedSizeSerializer<short, Int16Format>(),
        [typeof(ushort)] = new FixedSizeSerializer<ushort, UInt16Format>(),
        [typeof(int)] = new FixedSizeSerializer<int, Int32Format>(),
        [typeof(uint)] = new FixedSizeSerializer<uint, UInt32Format>(),
        [typeof(long)] = new FixedSizeSerializer<long, Int64Format>(),
        [typeof(ulong)] = new FixedSizeSerializer<ulong, UInt64Format>(),
        [typeof(float)] = new FixedSizeSerializer<float, SingleFormat>(),
        [typeof(double)] = new FixedSizeSerializer<double, DoubleFormat>(),
        [typeof(decimal)] = new FixedSizeSerializer<decimal, DecimalFormat>(),
        [typeof(char)] = new FixedSizeSerializer<char, CharFormat>(),
        [typeof(string)] = new StringSerializer(),
        [typeof(Guid)] = new FixedSizeSerializer<Guid, GuidFormat>(),
        [typeof(DateTime)] = new FixedSizeSerializer<DateTime, DateTimeFormat>(),
        [typeof(DateTimeOffset)] = new FixedSizeSerializer<DateTimeOffset, DateTimeOffsetFormat>(),
        [typeof(TimeSpan)] = new FixedSizeSerializer<TimeSpan, TimeSpanFormat>(),
        [typeof(DateOnly)] = new FixedSizeSerializer<DateOnly, DateOnlyFormat>(),
        [typeof(TimeOnly)] = new FixedSizeSerializer<TimeOnly, TimeOnlyFormat>(),
        [typeof(byte[])] = new BytesSerializer(),
        [typeof(ReadOnlyMemory<byte>)] = new MemorySerializer(),
        [typeof(TimeWindow)] = new FixedSizeSerializer<TimeWindow, TimeWindowFormat>(),
    };

    /// <summary>Gets the serializer of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>The built-in serializer, or the one registered.</returns>
    /// <exception cref="ArgumentException">
    /// There is none. Ahead-of-time compiled programs compose those of tuples and nullables themselves and register or pass them.
    /// </exception>
    public static IStateSerializer<T> Get<T>() => OfType<T>.Serializer ??= Find<T>() ?? throw new ArgumentException(
        $"There is no serializer for {typeof(T)}: register one by {nameof(StateSerializers)}.{nameof(Register)}, or pass it where it is needed.");

    /// <summary>Makes a serializer the one of its type, once, before the type is first used. Later calls with another are refused.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="serializer">The serializer.</param>
    /// <exception cref="InvalidOperationException">The type has a serializer already.</exception>
    public static void Register<T>(IStateSerializer<T> serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        var present = BuiltIn.GetValueOrDefault(typeof(T)) ?? Interlocked.CompareExchange(ref OfType<T>.Serializer, serializer, null);
        if (present is null || ReferenceEquals(present, serializer)) return;
        throw new InvalidOperationException($"{typeof(T)} has the serializer '{((IStateSerializer<T>)present).TypeId}' already.");
    }

    /// <summary>
    /// Uses a serializer of FLINK.NET's. One that is an <see cref="IStateSerializer{T}"/> as well is used as that; any other costs an array
    /// for each call, and the name of its format is the full name of its class.
    /// </summary>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="serializer">The serializer.</param>
    /// <returns>The serializer to use.</returns>
    public static IStateSerializer<T> From<T>(ITypeSerializer<T> serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        return serializer as IStateSerializer<T> ?? new TypeSerializerAdapter<T>(serializer);
    }

    /// <summary>
    /// Makes a serializer to JSON, without reflection. It suits values, which may gain and lose properties, and not keys, because one value
    /// has many texts.
    /// </summary>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="typeInfo">What the source generator of System.Text.Json made of the type.</param>
    /// <param name="typeId">Name of the format; see <see cref="IStateSerializer{T}.TypeId"/>.</param>
    /// <returns>The serializer.</returns>
    public static IStateSerializer<T> Json<T>(JsonTypeInfo<T> typeInfo, string typeId = "json")
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        ArgumentException.ThrowIfNullOrEmpty(typeId);
        return new JsonStateSerializer<T>(typeInfo, typeId);
    }

    /// <summary>Makes a serializer of values that may be missing.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="value">Serializer of the value; null for that of its type.</param>
    /// <returns>The serializer.</returns>
    public static IStateSerializer<T?> Nullable<T>(IStateSerializer<T>? value = null)
        where T : struct => new NullableSerializer<T>(value ?? Get<T>());

    /// <summary>Makes a serializer of pairs.</summary>
    /// <typeparam name="T1">Type of the first part.</typeparam>
    /// <typeparam name="T2">Type of the second part.</typeparam>
    /// <param name="first">Serializer of the first part; null for that of its type.</param>
    /// <param name="second">Serializer of the second part; null for that of its type.</param>
    /// <returns>The serializer.</returns>
    public static IStateSerializer<(T1, T2)> Tuple<T1, T2>(IStateSerializer<T1>? first = null, IStateSerializer<T2>? second = null) =>
        new TupleSerializer<T1, T2>(first ?? Get<T1>(), second ?? Get<T2>());

    /// <summary>Makes a serializer of triples.</summary>
    /// <typeparam name="T1">Type of the first part.</typeparam>
    /// <typeparam name="T2">Type of the second part.</typeparam>
    /// <typeparam name="T3">Type of the third part.</typeparam>
    /// <param name="first">Serializer of the first part; null for that of its type.</param>
    /// <param name="second">Serializer of the second part; null for that of its type.</param>
    /// <param name="third">Serializer of the third part; null for that of its type.</param>
    /// <returns>The serializer.</returns>
    public static IStateSerializer<(T1, T2, T3)> Tuple<T1, T2, T3>(
        IStateSerializer<T1>? first = null, IStateSerializer<T2>? second = null, IStateSerializer<T3>? third = null) =>
        new TupleSerializer<T1, T2, T3>(first ?? Get<T1>(), second ?? Get<T2>(), third ?? Get<T3>());

    /// <summary>Makes a serializer of quadruples.</summary>
    /// <typeparam name="T1">Type of the first part.</typeparam>
    /// <typeparam name="T2">Type of the second part.</typeparam>
    /// <typeparam name="T3">Type of the third part.</typeparam>
    /// <typeparam name="T4">Type of the fourth part.</typeparam>
    /// <param name="first">Serializer of the first part; null for that of its type.</param>
    /// <param name="second">Serializer of the second part; null for that of its type.</param>
    /// <param name="third">Serializer of the third part; null for that of its type.</param>
    /// <param name="fourth">Serializer of the fourth part; null for that of its type.</param>
    /// <returns>The serializer.</returns>
    public static IStateSerializer<(T1, T2, T3, T4)> Tuple<T1, T2, T3, T4>(
        IStateSerializer<T1>? first = null,
        IStateSerializer<T2>? second = null,
        IStateSerializer<T3>? third = null,
        IStateSerializer<T4>? fourth = null) =>
        new TupleSerializer<T1, T2, T3, T4>(first ?? Get<T1>(), second ?? Get<T2>(), third ?? Get<T3>(), fourth ?? Get<T4>());

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Asked only where code can be made at run time.")]
    private static IStateSerializer<T>? Find<T>()
    {
        if (BuiltIn.TryGetValue(typeof(T), out var serializer)) return (IStateSerializer<T>)serializer;
        if (RuntimeFeature.IsDynamicCodeSupported) return (IStateSerializer<T>?)ComposedSerializers.Of(typeof(T));
        return null;
    }

    private static class OfType<T>
    {
        public static IStateSerializer<T>? Serializer;
    }
}
