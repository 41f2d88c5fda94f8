namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// A part of the job that a checkpoint has to find at a moment at which its state fits together, such as what has been counted and how far the
/// source has been read. <see cref="RocksDBCheckpointing"/> asks all participants that the container has, those of a keyed backend under its key.
/// </summary>
public interface ICheckpointParticipant
{
    /// <summary>
    /// Stops writing at such a moment and writes what belongs to it, for instance offsets into operator state. The returned task ends when this is
    /// done; nothing is to be written from then on until <see cref="Unpause"/>. Called for the last checkpoint as well, when hosted services have
    /// stopped.
    /// </summary>
    /// <param name="checkpointId">Id of the checkpoint.</param>
    /// <param name="cancellationToken">Cancelled when the checkpoint is not to be made any more; the participant then goes on by itself.</param>
    /// <returns>The task. When it fails the checkpoint is not made, and this participant is not unpaused.</returns>
    ValueTask PauseAsync(long checkpointId, CancellationToken cancellationToken);

    /// <summary>
    /// Goes on. Called once after each <see cref="PauseAsync"/> that has ended well, as soon as the checkpoint has its files or has failed, which
    /// is long before it is stored. Must not throw.
    /// </summary>
    /// <param name="checkpointId">Id of the checkpoint.</param>
    void Unpause(long checkpointId);
}
