namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>A test with keyed state of text keys, on a manual clock, whose current key is "key".</summary>
public abstract class KeyedStateTest : BackendTest
{
    protected KeyedStateTest() => OpenKeyed();

    protected RocksDBStateBackend Backend { get; private set; } = null!;

    protected KeyedStateBackend<string> Keyed { get; private set; } = null!;

    /// <summary>Closes everything and opens it again.</summary>
    protected void Reopen()
    {
        Close();
        OpenKeyed();
    }

    protected override void Dispose(bool disposing)
    {
        Close();
        base.Dispose(disposing);
    }

    private void OpenKeyed()
    {
        Backend = Open();
        Keyed = Backend.CreateKeyedStateBackend<string>(new KeyedStateBackendOptions { Clock = StateClock.Manual });
        Keyed.SetCurrentKey("key");
    }

    private void Close()
    {
        Keyed.Dispose();
        Backend.Dispose();
    }
}
