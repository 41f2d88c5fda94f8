using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FlinkDotNet.Core.Abstractions.States;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A list of elements for each key and namespace, or, as operator state, one for the operator.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
public sealed class RocksDBListState<T> : RocksDBState, IListState<T>
{
    /// <summary>Initializes a new instance of the <see cref="RocksDBListState{T}"/> class.</summary>
    internal RocksDBListState(string name, in Codec<T> codec, StateHandle handle)
        : base(name, handle) => Codec = codec;

    /// <summary>Gets the serializer of an element.</summary>
    internal Codec<T> Codec { get; }

    /// <summary>Reads the elements.</summary>
    /// <returns>A copy in the order in which they were added; empty when there are none.</returns>
    /// <remarks>
    /// The whole list is in memory at once: <see cref="Scan"/> reads a long one page by page. The copy is an array of its own, and walking
    /// over it makes an enumerator: <see cref="CopyTo"/> allocates neither.
    /// </remarks>
    [SkipLocalsInit]
    public IEnumerable<T> Get()
    {
        Span<byte> stack = stackalloc byte[Codec<T>.StackBytes];
        using var packed = Read(stack);
        if (packed.Bytes.IsEmpty) return [];
        var elements = new T[Count(packed.Bytes)];
        var rest = packed.Bytes;
        for (var index = 0; index < elements.Length; index++) elements[index] = TakeElement(ref rest);
        return elements;
    }

    /// <inheritdoc cref="Get"/>
    public IEnumerable<T> GetValues() => Get();

    /// <summary>Appends the elements to a list of the caller's, which is not cleared; allocates nothing as long as that has room.</summary>
    /// <param name="target">Where the elements go, in the order in which they were added; when a serializer fails, those before stay.</param>
    /// <returns>The number of elements.</returns>
    [SkipLocalsInit]
    public int CopyTo(List<T> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Span<byte> stack = stackalloc byte[Codec<T>.StackBytes];
        using var packed = Read(stack);
        var before = target.Count;
        for (var rest = packed.Bytes; !rest.IsEmpty;) target.Add(TakeElement(ref rest));
        return target.Count - before;
    }

    /// <summary>Reads the elements page by page.</summary>
    /// <returns>The scan, for <c>foreach</c>; otherwise dispose it.</returns>
    public ListScan<T> Scan() => new(this, StateScanCursor.Open(Handle, NativeMethods.FSB_SCAN_ENTRIES, ofElements: true));

    /// <summary>Appends an element.</summary>
    /// <param name="value">The element.</param>
    [SkipLocalsInit]
    public void Add(T value)
    {
        Span<byte> stack = stackalloc byte[Codec<T>.StackBytes];
        using var encoded = Codec.EncodeFramed(value, stack);
        Handle.AddElements(encoded.Bytes);
    }

    /// <summary>Appends elements, all or none; null does nothing. An array or a <see cref="List{T}"/> is read without an enumerator.</summary>
    /// <param name="values">The elements, 64 MiB in all at most.</param>
    public void AddAll(IEnumerable<T> values)
    {
        if (values is null) return;
        using var packed = Pack(values);
        Handle.AddElements(packed.Bytes);
    }

    /// <summary>Appends elements, all or none.</summary>
    /// <param name="values">The elements, 64 MiB in all at most.</param>
    public void AddRange(ReadOnlySpan<T> values)
    {
        var packed = PackedBuffer.Rent();
        try
        {
            Append(packed, values);
            Handle.AddElements(packed.Written);
        }
        finally
        {
            packed.Return();
        }
    }

    /// <summary>
    /// Replaces all elements; null or nothing clears the list. An array or a <see cref="List{T}"/> is read without an enumerator.
    /// </summary>
    /// <param name="values">The new elements, 64 MiB in all at most.</param>
    public void Update(IEnumerable<T> values)
    {
        using var packed = Pack(values ?? []);
        Handle.UpdateElements(packed.Bytes);
    }

    /// <summary>Appends the lists of some namespaces of the current key to that of another, in their order, and clears them.</summary>
    /// <typeparam name="TNamespace">Type of the namespaces.</typeparam>
    /// <param name="target">Where the elements go.</param>
    /// <param name="sources">Where they come from; the target among them stays.</param>
    /// <param name="serializer">Serializer of a namespace; null for that of its type.</param>
    public void MergeNamespaces<TNamespace>(
        TNamespace target, IEnumerable<TNamespace> sources, IStateSerializer<TNamespace>? serializer = null)
    {
        using var namespaces = NamespaceList.Of(target, sources, serializer);
        Handle.MergeNamespaces(namespaces.Target, namespaces.PackedSources);
    }

    private EncodedBytes Pack(IEnumerable<T> values)
    {
        var packed = PackedBuffer.Rent();
        try
        {
            Append(packed, values);
            return new EncodedBytes(packed);
        }
        catch
        {
            packed.Return();
            throw;
        }
    }

    private void Append(PackedBuffer packed, IEnumerable<T> values)
    {
        // NOTE: a span that is not read-only would refuse an array of a derived type.
        if (values is T[] array) Append(packed, new ReadOnlySpan<T>(array));
        else if (values is List<T> list) AppendList(packed, list);
        else AppendAny(packed, values);
    }

    private void Append(PackedBuffer packed, ReadOnlySpan<T> values)
    {
        foreach (var value in values) Codec.AppendFramed(packed, value);
    }

    private void AppendList(PackedBuffer packed, List<T> values)
    {
        foreach (var value in values) Codec.AppendFramed(packed, value);
    }

    private void AppendAny(PackedBuffer packed, IEnumerable<T> values)
    {
        foreach (var value in values) Codec.AppendFramed(packed, value);
    }

    /// <summary>Reads the packed elements, into <paramref name="stack"/> if they fit; no bytes when there are none.</summary>
    private EncodedBytes Read(Span<byte> stack)
    {
        var status = Handle.Get(stack, out var length);
        if (status == StateBackendStatus.BufferTooSmall) return ReadLarge(length);
        return new EncodedBytes(status == StateBackendStatus.Ok ? stack[..length] : []);
    }

    private EncodedBytes ReadLarge(int length)
    {
        var buffer = PackedBuffer.Rent();
        try
        {
            var room = buffer.Reserve(length);
            StateBackendStatus status;
            while ((status = Handle.Get(room, out length)) == StateBackendStatus.BufferTooSmall) room = buffer.Reserve(length);
            buffer.SetLength(status == StateBackendStatus.Ok ? length : 0);
            return new EncodedBytes(buffer);
        }
        catch
        {
            buffer.Return();
            throw;
        }
    }

    /// <summary>Takes the first element off.</summary>
    private T TakeElement(ref ReadOnlySpan<byte> packed)
    {
        var element = packed.Slice(sizeof(uint), BinaryPrimitives.ReadInt32LittleEndian(packed));
        packed = packed[(sizeof(uint) + element.Length)..];
        return Codec.Decode(element);
    }

    private static int Count(ReadOnlySpan<byte> packed)
    {
        var count = 0;
        for (; !packed.IsEmpty; count++) packed = packed[(sizeof(uint) + BinaryPrimitives.ReadInt32LittleEndian(packed))..];
        return count;
    }
}
