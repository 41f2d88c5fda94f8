namespace FlinkDotNet.Storage.RocksDB;

/// <content>Checkpoints: where they go, how many are kept, and which one the backend opens with.</content>
public partial class RocksDBOptions
{
    /// <summary>
    /// Gets or sets the folder of the checkpoints, which one backend writes. Default null, <c>checkpoints</c> in the folder of the state, which is
    /// lost with that; a folder elsewhere on the same file system is as fast. With a library built with object stores also a URL:
    /// <c>s3://bucket/path</c>, <c>az://container/path</c> or <c>gs://bucket/path</c>.
    /// </summary>
    public string? CheckpointDirectory { get; set; }

    /// <summary>
    /// Gets settings of the object store that a URL names, such as <c>region</c>, <c>endpoint</c>, <c>access_key_id</c> or
    /// <c>secret_access_key</c>, by the names that the crate object_store has for them; <c>max_retries</c>, <c>retry_timeout_millis</c> and
    /// <c>part_bytes</c>. Default none: the usual environment variables, such as <c>AWS_ACCESS_KEY_ID</c>, say the rest. No secret among them
    /// appears in a message.
    /// </summary>
    public IDictionary<string, string> ObjectStoreSettings { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets or sets how many confirmed checkpoints are kept, the newest ones. Default 1, from 1 to 10000.</summary>
    public int CheckpointsRetained { get; set; } = 1;

    /// <summary>
    /// Gets or sets how long a checkpoint may take from its flush until it is published. Default 10 minutes, Flink's; <see cref="TimeSpan.Zero"/> is
    /// no bound.
    /// </summary>
    public TimeSpan CheckpointTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets how many threads read and store the files of a checkpoint, or of a restore. Default 4, from 1 to 64.</summary>
    public int CheckpointTransferThreads { get; set; } = 4;

    /// <summary>
    /// Gets or sets how many checkpoints may be under way at once; another one is refused with <see cref="StateBackendStatus.InUse"/>. Default 1,
    /// Flink's; from 1 to 16.
    /// </summary>
    public int MaxConcurrentCheckpoints { get; set; } = 1;

    /// <summary>
    /// Gets or sets a value indicating whether a checkpoint is confirmed as soon as it is published. Default true, for FLINK.NET, which never tells;
    /// with false the job's coordinator calls <see cref="RocksDBStateBackend.NotifyCheckpointComplete"/>, and no checkpoint builds upon one that
    /// is not confirmed.
    /// </summary>
    public bool ConfirmCheckpointsAutomatically { get; set; } = true;

    /// <summary>
    /// Gets or sets the checkpoint with which the backend opens, each time, in the place of what its folder holds. Default null, none: it opens
    /// with what is there.
    /// </summary>
    public CheckpointRestore? RestoreFrom { get; set; }
}
