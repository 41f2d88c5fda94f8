namespace FlinkDotNet.Storage.RocksDB;

/// <summary>Checkpoints of a backend one after the other, each with the participants paused while it takes its files, and with the id that is next.</summary>
internal sealed class CheckpointTurns(RocksDBStateBackend backend, ICheckpointParticipant[] participants) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private long? _lastId;
    private volatile CheckpointResult? _lastCompleted;
    private volatile int _consecutiveFailures;

    /// <summary>Gets the backend.</summary>
    public RocksDBStateBackend Backend => backend;

    /// <summary>Gets the last one that was completed.</summary>
    public CheckpointResult? LastCompleted => _lastCompleted;

    /// <summary>Gets how many have failed since then.</summary>
    public int ConsecutiveFailures => _consecutiveFailures;

    /// <summary>Makes one. The one token ends the wait for its turn and for the participants, the other one its storing as well.</summary>
    public async Task<CheckpointResult> TakeAsync(CancellationToken pausing, CancellationToken storing)
    {
        await _turn.WaitAsync(pausing).ConfigureAwait(false);
        try
        {
            var made = await MakeAsync(pausing, storing).ConfigureAwait(false);
            (_lastCompleted, _consecutiveFailures) = (made, 0);
            return made;
        }
        catch (OperationCanceledException) when (pausing.IsCancellationRequested || storing.IsCancellationRequested)
        {
            throw;
        }
        catch
        {
            _consecutiveFailures++;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<CheckpointResult> MakeAsync(CancellationToken pausing, CancellationToken storing)
    {
        var id = NextId();
        var paused = 0;
        Task<CheckpointResult> stored;
        try
        {
            for (; paused < participants.Length; paused++) await participants[paused].PauseAsync(id, pausing).ConfigureAwait(false);

            // Comes back when the checkpoint has its files.
            stored = backend.CreateCheckpointAsync(id, storing);
            _lastId = id;
        }
        finally
        {
            while (paused > 0) participants[--paused].Unpause(id);
        }

        return await stored.ConfigureAwait(false);
    }

    /// <summary>The id after all that there are: others may make checkpoints as well.</summary>
    private long NextId()
    {
        var newest = backend.Checkpoints.List() is [.., var last] ? last.CheckpointId : 0;
        return Math.Max(Math.Max(newest, _lastId ?? 0), backend.RestoredCheckpointId ?? 0) + 1;
    }
}
