using System.Runtime.CompilerServices;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A state of one accumulator for each key and namespace. The accumulator itself can be read and replaced as the bytes that are stored, which
/// is what Flink's internal states offer to window operators by <c>getInternal</c> and <c>updateInternal</c>.
/// </summary>
/// <remarks>
/// Of an aggregate that the library keeps, an accumulator is, little-endian and without gaps: of sums, minima and maxima the number, of 8
/// bytes; of a count the count, a signed integer of 8 bytes; of a mean of integers the sum, a signed integer of 16 bytes, and the count; of a
/// mean of doubles the sum and the count. Of the user's own function it is what the serializer made. The write time of a time-to-live is not
/// part of it.
/// </remarks>
public abstract class RocksDBAccumulatorState : RocksDBState
{
    private const int StackBytes = 256;

    /// <summary>Initializes a new instance of the <see cref="RocksDBAccumulatorState"/> class.</summary>
    private protected RocksDBAccumulatorState(string name, Interop.StateHandle handle)
        : base(name, handle)
    {
    }

    /// <summary>Copies the accumulator into the caller's memory.</summary>
    /// <param name="destination">Where it goes; untouched unless the answer is <see cref="ReadResult.Found"/>.</param>
    /// <param name="written">Size of the accumulator in bytes, also when it does not fit; 0 when there is none.</param>
    /// <returns>Whether it was copied, is absent, or does not fit.</returns>
    public ReadResult TryGetAccumulator(Span<byte> destination, out int written) => Handle.Get(destination, out written) switch
    {
        StateBackendStatus.Ok => ReadResult.Found,
        StateBackendStatus.NotFound => ReadResult.Absent,
        _ => ReadResult.TooSmall,
    };

    /// <summary>Reads the accumulator into a new array.</summary>
    /// <returns>The accumulator, or null when nothing was added.</returns>
    [SkipLocalsInit]
    public byte[]? GetAccumulator()
    {
        Span<byte> room = stackalloc byte[StackBytes];
        ReadResult result;
        int length;
        while ((result = TryGetAccumulator(room, out length)) == ReadResult.TooSmall) room = new byte[length];
        return result == ReadResult.Found ? room[..length].ToArray() : null;
    }

    /// <summary>
    /// Replaces the accumulator, or makes one where there is none. What is added later is added to it. To have none, <see cref="RocksDBState.Clear"/>.
    /// </summary>
    /// <param name="accumulator">
    /// The accumulator, as <see cref="GetAccumulator"/> gave it, of a state of the same declaration, any key and namespace.
    /// </param>
    /// <exception cref="ArgumentException">
    /// It is not as long as an accumulator of the library's aggregate is; the state is unchanged. Its contents, and the bytes of the user's own
    /// accumulators, are not checked: a serializer that cannot read them says so when the state is next read.
    /// </exception>
    public void UpdateAccumulator(ReadOnlySpan<byte> accumulator) => Handle.Put(accumulator);
}
