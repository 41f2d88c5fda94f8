namespace FlinkDotNet.Storage.RocksDB;

/// <summary>The serialized target and sources of a merge of namespaces.</summary>
internal readonly ref struct NamespaceList
{
    private readonly PackedBuffer _packed;

    private NamespaceList(byte[] target, List<byte[]> sources, PackedBuffer packed)
    {
        Target = target;
        Sources = sources;
        _packed = packed;
    }

    /// <summary>Gets the target.</summary>
    public byte[] Target { get; }

    /// <summary>Gets the sources, each once and without the target.</summary>
    public List<byte[]> Sources { get; }

    /// <summary>Gets the sources as packed records.</summary>
    public ReadOnlySpan<byte> PackedSources => _packed.Written;

    /// <summary>Serializes namespaces.</summary>
    public static NamespaceList Of<TNamespace>(TNamespace target, IEnumerable<TNamespace> sources, IStateSerializer<TNamespace>? serializer)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var codec = new Codec<TNamespace>(serializer ?? StateSerializers.Get<TNamespace>(), "namespace");
        var packed = PackedBuffer.Rent();
        try
        {
            var list = new NamespaceList(Bytes(codec, target), [], packed);
            foreach (var source in sources) list.Add(codec, source);
            return list;
        }
        catch
        {
            packed.Return();
            throw;
        }
    }

    /// <summary>Gives the packed records back.</summary>
    public void Dispose() => _packed.Return();

    private static byte[] Bytes<TNamespace>(in Codec<TNamespace> codec, TNamespace value)
    {
        using var encoded = codec.Encode(value, stackalloc byte[Codec<TNamespace>.StackBytes]);
        return encoded.Bytes.ToArray();
    }

    private void Add<TNamespace>(in Codec<TNamespace> codec, TNamespace source)
    {
        var bytes = Bytes(codec, source);
        if (Contains(bytes)) return;
        Sources.Add(bytes);
        codec.AppendFramed(_packed, source);
    }

    private bool Contains(byte[] bytes)
    {
        if (Target.AsSpan().SequenceEqual(bytes)) return true;
        foreach (var source in Sources)
        {
            if (source.AsSpan().SequenceEqual(bytes)) return true;
        }

        return false;
    }
}
