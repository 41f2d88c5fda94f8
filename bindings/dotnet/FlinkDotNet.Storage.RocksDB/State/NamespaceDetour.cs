namespace FlinkDotNet.Storage.RocksDB;

/// <summary>A visit to other namespaces that ends in the current one, whatever happens in between.</summary>
internal readonly ref struct NamespaceDetour(KeyedContext context)
{
    /// <summary>Goes to a namespace.</summary>
    public void To(ReadOnlySpan<byte> nameSpace) => context.Handle.SetNamespace(nameSpace);

    /// <summary>Comes back.</summary>
    public void Dispose() => context.Handle.SetNamespace(context.Namespace);
}
