using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FlinkDotNet.Storage.RocksDB.Interop;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// State scoped to the current key and namespace, made by <see cref="RocksDBStateBackend.CreateKeyedStateBackend"/>. It belongs, with its
/// states, scans and timer services, to one thread at a time: a call made while another one runs throws a
/// <see cref="StateBackendException"/> with the status <see cref="StateBackendStatus.InUse"/> and changes nothing.
/// </summary>
/// <remarks>
/// May be disposed before or after its <see cref="RocksDBStateBackend"/>. With <see cref="WalMode.Disabled"/> writes are held back in the
/// row cache until the cache needs room, the state is scanned, or the backend flushes, takes a snapshot or closes.
/// </remarks>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public sealed partial class KeyedStateBackend<TKey> : IDisposable
    where TKey : notnull
{
    private readonly ILogger _logger;
    private readonly KeyedBackendHandle _handle;
    private readonly KeyedContext _context;
    private readonly Func<TKey, int>? _keyHash;
    private TKey? _currentKey;

    /// <summary>Initializes a new instance of the <see cref="KeyedStateBackend{TKey}"/> class.</summary>
    internal KeyedStateBackend(
        KeyedBackendHandle handle, KeyedStateBackendOptions options, IStateSerializer<TKey> keySerializer, Func<TKey, int>? keyHash, ILogger logger)
    {
        _handle = handle;
        _context = new KeyedContext(handle);
        KeyCodec = new Codec<TKey>(keySerializer, "key");
        _keyHash = keyHash;
        _logger = logger;
        MaxParallelism = options.MaxParallelism;
        KeyGroupRange = options.KeyGroupRange ?? new KeyGroupRange(0, options.MaxParallelism - 1);
    }

    /// <summary>Gets the number of key groups.</summary>
    public int MaxParallelism { get; }

    /// <summary>Gets the key groups of this backend.</summary>
    public KeyGroupRange KeyGroupRange { get; }

    /// <summary>Gets a value indicating whether there is a current key.</summary>
    public bool HasCurrentKey { get; private set; }

    /// <summary>Gets the current key, set by <see cref="SetCurrentKey(TKey)"/>.</summary>
    /// <exception cref="NoCurrentKeyException">There is none.</exception>
    public TKey CurrentKey => HasCurrentKey ? _currentKey! : throw new NoCurrentKeyException("There is no current key: set it first.");

    /// <summary>Gets the key group of the current key.</summary>
    /// <exception cref="NoCurrentKeyException">There is no current key.</exception>
    public int CurrentKeyGroup
    {
        get
        {
            using var encoded = KeyCodec.Encode(CurrentKey, stackalloc byte[Codec<TKey>.StackBytes]);
            return KeyGroupCalls.Of(encoded.Bytes, HashOf(CurrentKey), MaxParallelism);
        }
    }

    /// <summary>Gets the serializer of the keys.</summary>
    internal Codec<TKey> KeyCodec { get; }

    /// <summary>Makes a key the current one: every state follows it from now on.</summary>
    /// <param name="key">The key, at most 12 KiB when serialized; must not be changed while it is the current one.</param>
    /// <exception cref="ArgumentOutOfRangeException">Its key group is not in <see cref="KeyGroupRange"/>; the current key stays.</exception>
    /// <exception cref="ArgumentException">The key is too long; the current key stays.</exception>
    [SkipLocalsInit]
    public void SetCurrentKey(TKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> stack = stackalloc byte[Codec<TKey>.StackBytes];
        using var encoded = KeyCodec.Encode(key, stack);
        SetCurrentKey(key, encoded.Bytes);
    }

    /// <summary>Leaves no key the current one: using a state throws until there is one again.</summary>
    public void ClearCurrentKey()
    {
        _handle.ClearCurrentKey();
        _currentKey = default;
        HasCurrentKey = false;
    }

    /// <summary>
    /// Makes a namespace the current one, such as a window: every state follows it until another is set, also over a change of the key.
    /// </summary>
    /// <typeparam name="TNamespace">Type of the namespace.</typeparam>
    /// <param name="value">The namespace, at most 12 KiB when serialized.</param>
    /// <param name="serializer">Its serializer; null for that of its type.</param>
    [SkipLocalsInit]
    public void SetCurrentNamespace<TNamespace>(TNamespace value, IStateSerializer<TNamespace>? serializer = null)
    {
        Span<byte> stack = stackalloc byte[Codec<TNamespace>.StackBytes];
        using var encoded = NamespaceCodec(serializer).Encode(value, stack);
        _context.SetNamespace(encoded.Bytes);
    }

    /// <summary>Goes back to the void namespace, with which the backend begins.</summary>
    public void ClearCurrentNamespace() => _context.SetNamespace(default);

    /// <summary>Moves the watermark on, which the time-to-live in event time follows. Timer services have their own.</summary>
    /// <param name="watermark">Milliseconds since the Unix epoch.</param>
    /// <exception cref="ArgumentException">The watermark would go backwards; it stays.</exception>
    public void AdvanceWatermark(long watermark) => _handle.SetTime(NativeMethods.FSB_TIME_EVENT, watermark);

    /// <summary>Moves a manual clock on, which the time-to-live in processing time follows.</summary>
    /// <param name="millis">Milliseconds since the Unix epoch.</param>
    /// <exception cref="ArgumentException">The clock would go backwards, or is that of the machine; it stays.</exception>
    public void SetProcessingTime(long millis) => _handle.SetTime(NativeMethods.FSB_TIME_PROCESSING, millis);

    /// <summary>Writes what the row cache and the timers hold back to the engine.</summary>
    public void Drain() => _handle.Drain();

    /// <summary>Describes the registered states, also those that are not open, as one JSON document.</summary>
    /// <returns>The document.</returns>
    public string StatesJson() => _handle.StatesJson();

    /// <summary>Writes what is held back, and frees the states, the timer services and the backend. A second time does nothing.</summary>
    public void Dispose()
    {
        if (_handle.IsClosed) return;
        DrainAtEnd();
        foreach (var service in _timerServices.Values) service.Dispose();
        _timerServices.Clear();
        _states.CloseAll();
        _handle.Dispose();
    }

    /// <summary>Makes a key the current one whose bytes are known.</summary>
    internal void SetCurrentKey(TKey key, ReadOnlySpan<byte> bytes)
    {
        _handle.SetCurrentKey(bytes, HashOf(key));
        _currentKey = key;
        HasCurrentKey = true;
    }

    /// <summary>Remembers the current key, if there is one.</summary>
    internal KeptKey<TKey> KeepCurrentKey() => new(this, HasCurrentKey, _currentKey);

    /// <summary>Computes the caller's hash of a key, if he has one.</summary>
    internal int? HashOf(TKey key) => _keyHash?.Invoke(key);

    private static Codec<TNamespace> NamespaceCodec<TNamespace>(IStateSerializer<TNamespace>? serializer) =>
        new(serializer ?? StateSerializers.Get<TNamespace>(), "namespace");

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Disposing logs what it cannot throw.")]
    private void DrainAtEnd()
    {
        try
        {
            _handle.Drain();
        }
        catch (ObjectDisposedException)
        {
            // The backend has been closed before, and has drained then.
        }
        catch (Exception exception)
        {
            Log.DrainFailed(_logger, exception);
        }
    }
}
