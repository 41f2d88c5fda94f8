using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A serializer and what it is used for, so that its failures are named: the one way from a value to bytes and back. Allocates nothing of
/// its own.
/// </summary>
/// <typeparam name="T">Type of the values.</typeparam>
internal readonly struct Codec<T>
{
    /// <summary>The memory to offer on the stack: holds keys and values of common sizes.</summary>
    public const int StackBytes = 256;

    private readonly IStateSerializer<T> _serializer;
    private readonly string _subject;
    private readonly bool _appends;

    /// <summary>Initializes a new instance of the <see cref="Codec{T}"/> struct.</summary>
    /// <param name="serializer">The serializer.</param>
    /// <param name="subject">What its values are, such as: value of the state 'count'.</param>
    public Codec(IStateSerializer<T> serializer, string subject)
    {
        _serializer = serializer;
        _subject = subject;
        _appends = serializer is IAppendingSerializer;
    }

    /// <summary>Gets the name of the format.</summary>
    public string TypeId => _serializer.TypeId;

    /// <summary>Serializes a value, into <paramref name="stack"/> if it fits.</summary>
    public EncodedBytes Encode(T value, Span<byte> stack)
    {
        try
        {
            if (!_appends && _serializer.TryWrite(value, stack, out var written)) return new EncodedBytes(stack[..written]);
            return EncodeRented(value, framed: false);
        }
        catch (Exception exception) when (exception is not StateSerializationException)
        {
            throw WriteFailure(exception);
        }
    }

    /// <summary>Serializes a value behind its length in four little-endian bytes, as packed records have it.</summary>
    public EncodedBytes EncodeFramed(T value, Span<byte> stack)
    {
        try
        {
            if (_appends || !_serializer.TryWrite(value, stack[sizeof(uint)..], out var written)) return EncodeRented(value, framed: true);
            BinaryPrimitives.WriteInt32LittleEndian(stack, written);
            return new EncodedBytes(stack[..(sizeof(uint) + written)]);
        }
        catch (Exception exception) when (exception is not StateSerializationException)
        {
            throw WriteFailure(exception);
        }
    }

    /// <summary>Appends a value to packed records and answers its size.</summary>
    public int Append(PackedBuffer target, T value)
    {
        var start = target.Length;
        try
        {
            if (!_appends && _serializer.TryWrite(value, target.GetSpan(), out var written)) target.Advance(written);
            else _serializer.Write(value, target);
            return target.Length - start;
        }
        catch (Exception exception) when (exception is not StateSerializationException)
        {
            throw WriteFailure(exception);
        }
    }

    /// <summary>Appends a value to packed records, behind its length in four little-endian bytes.</summary>
    public void AppendFramed(PackedBuffer target, T value)
    {
        var start = target.Length;
        target.Append(sizeof(uint));
        var written = Append(target, value);
        BinaryPrimitives.WriteInt32LittleEndian(target.At(start), written);
    }

    /// <summary>Reads a value back.</summary>
    public T Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _serializer.Read(bytes);
        }
        catch (Exception exception) when (exception is not StateSerializationException)
        {
            throw new StateSerializationException($"The serializer '{TypeId}' could not read the {_subject}: {exception.Message}", exception);
        }
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The answer owns the buffer.")]
    private EncodedBytes EncodeRented(T value, bool framed)
    {
        var rented = PackedBuffer.Rent();
        try
        {
            if (framed) AppendFramed(rented, value);
            else _serializer.Write(value, rented);
            return new EncodedBytes(rented);
        }
        catch
        {
            rented.Return();
            throw;
        }
    }

    private StateSerializationException WriteFailure(Exception exception) =>
        new($"The serializer '{TypeId}' could not write the {_subject}: {exception.Message}", exception);
}
