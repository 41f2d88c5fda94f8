using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A value in the engine's own memory, made by <see cref="RocksDBColumnFamily.TryGetPinned"/>: nothing is copied. Dispose it soon, on the
/// thread that made it: until then it holds a block of the cache, and closing the backend waits for it.
/// </summary>
public readonly ref struct PinnedValue
{
    private readonly ViewHandle? _view;
    private readonly int _version;
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Initializes a new instance of the <see cref="PinnedValue"/> struct.</summary>
    internal PinnedValue(ViewHandle view, ReadOnlySpan<byte> bytes)
    {
        _view = view;
        _version = view.Version;
        _bytes = bytes;
    }

    /// <summary>Gets a value indicating whether the key had a row.</summary>
    public bool Found => _view is not null;

    /// <summary>
    /// Gets the bytes of the value, empty when the key had no row. The span itself is valid until this object is disposed, and dangles
    /// afterwards.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This object has been disposed.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(_view is not null && _view.Version != _version, typeof(PinnedValue));
            return _bytes;
        }
    }

    /// <summary>Gives the value back. A second time, also through a copy, does nothing.</summary>
    public void Dispose() => _view?.Return(_version);
}
