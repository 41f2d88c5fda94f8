using System.Text;
using System.Text.Json;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>
/// A test with a folder and a logger of its own. At its end no native object may be alive that it did not find at its start.
/// </summary>
public abstract class BackendTest : IDisposable
{
    private readonly string _aliveBefore;

    protected BackendTest()
    {
        NativeLibraryLoader.EnsureLoaded();
        _aliveBefore = AliveObjects();
    }

    internal CollectingLogger Logger { get; } = new();

    internal TestFolder Folder { get; } = new();

    protected string DataDirectory => Folder.At("state");

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>No native object is alive that was not when the test began.</summary>
    protected void AssertNothingAlive() => Assert.Equal(_aliveBefore, AliveObjects());

    internal static string AliveObjects()
    {
        var alive = LibraryHandshake.LiveObjects();
        return $"{alive.backends} backends, {alive.column_families} column families, {alive.iterators} iterators, {alive.snapshots} snapshots, "
            + $"{alive.resources} resources, {alive.buffers} buffers, {alive.views} views, {alive.errors} errors, "
            + $"{alive.keyed_backends} keyed backends, {alive.states} states, {alive.state_scans} state scans, {alive.timer_services} timer services, "
            + $"{alive.credit_pools} credit pools, {alive.credit_channels} credit channels, "
            + $"{alive.checkpoint_stores} checkpoint stores, {alive.checkpoints} checkpoints, "
            + $"{alive.savepoint_exports} savepoint exports, {alive.savepoint_imports} savepoint imports";
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    protected RocksDBOptions Options() => new() { DataDirectory = DataDirectory };

    protected RocksDBStateBackend Open(RocksDBOptions? options = null, SharedResources? resources = null) => new(options ?? Options(), Logger, resources);

    protected virtual void Dispose(bool disposing)
    {
        Folder.Dispose();
        AssertNothingAlive();
    }

    /// <summary>An option in force, as the library writes it.</summary>
    protected static string InForce(RocksDBStateBackend backend, string option)
    {
        ArgumentNullException.ThrowIfNull(backend);
        using var options = JsonDocument.Parse(backend.GetOptionsJson());
        return options.RootElement.GetProperty(option).GetRawText();
    }

    /// <summary>Tries to open and gives the cause of the failure.</summary>
    protected T OpenFailure<T>(RocksDBOptions options)
        where T : Exception
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Open(options).Dispose());
        return Assert.IsType<T>(failure.InnerException);
    }
}
