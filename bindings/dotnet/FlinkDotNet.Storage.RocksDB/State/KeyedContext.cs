using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>What the states of one keyed backend share: its handle, and the current namespace, to come back to after a detour.</summary>
internal sealed class KeyedContext(KeyedBackendHandle handle)
{
    private byte[] _namespace = [];
    private int _namespaceLength;

    /// <summary>Gets the native object.</summary>
    public KeyedBackendHandle Handle => handle;

    /// <summary>Gets the current namespace; no bytes are the void namespace.</summary>
    public ReadOnlySpan<byte> Namespace => _namespace.AsSpan(0, _namespaceLength);

    /// <summary>Makes a namespace the current one.</summary>
    public void SetNamespace(ReadOnlySpan<byte> nameSpace)
    {
        handle.SetNamespace(nameSpace);
        if (_namespace.Length < nameSpace.Length) _namespace = new byte[nameSpace.Length];
        nameSpace.CopyTo(_namespace);
        _namespaceLength = nameSpace.Length;
    }

    /// <summary>Begins to visit other namespaces; disposing comes back to the current one.</summary>
    public NamespaceDetour Detour() => new(this);
}
