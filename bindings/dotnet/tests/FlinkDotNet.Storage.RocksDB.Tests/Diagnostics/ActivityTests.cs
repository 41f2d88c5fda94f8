using System.Diagnostics;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Diagnostics;

public sealed class ActivityTests : BackendTest
{
    private readonly List<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public ActivityTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RocksDBTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public void Operations_ThatTakeLong_AreActivities()
    {
        using (var backend = Open())
        {
            backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
            backend.Flush();
            backend.ColumnFamily("user_state").Flush();
            backend.ColumnFamily("user_state").Compact();
            backend.VerifyChecksums();
        }

        Assert.Equal(
            ["open", "flush", "flush user_state", "compact user_state", "verify_checksums", "close"], _ended.Select(activity => activity.DisplayName));
        Assert.All(_ended, activity => Assert.Equal(ActivityStatusCode.Unset, activity.Status));
        Assert.All(_ended, activity => Assert.Equal("rocksdb", activity.GetTagItem("db.system.name")));
        Assert.All(_ended, activity => Assert.Equal(DataDirectory, activity.GetTagItem("db.namespace")));
        Assert.Equal("compact", _ended[3].GetTagItem("db.operation.name"));
        Assert.Equal("user_state", _ended[3].GetTagItem("db.collection.name"));
        Assert.Null(_ended[1].GetTagItem("db.collection.name"));
    }

    [Fact]
    public void Activities_AreChildrenOfTheCallersOwn()
    {
        using var parent = new Activity("checkpoint").Start();
        Open().Dispose();
        Assert.Equal(["open", "close"], _ended.Select(activity => activity.DisplayName));
        Assert.All(_ended, activity => Assert.Equal(parent.SpanId, activity.ParentSpanId));
        Assert.Same(parent, Activity.Current);
    }

    [Fact]
    public async Task Checkpoints_AndRestores_AreActivitiesThatNameTheCheckpoint()
    {
        using (var backend = Open())
        {
            var caller = Activity.Current;
            await backend.CreateCheckpointAsync(7, TestContext.Current.CancellationToken);
            Assert.Same(caller, Activity.Current);
            AssertFailed(await Assert.ThrowsAsync<ArgumentException>(() => backend.CreateCheckpointAsync(3, TestContext.Current.CancellationToken)), "checkpoint");
            Assert.Equal(3L, _ended[^1].GetTagItem("flink.checkpoint.id"));
        }

        (await RocksDBStateBackend.RestoreAsync(Options(), Logger, cancellationToken: TestContext.Current.CancellationToken)).Dispose();
        Assert.Equal(["open", "checkpoint", "checkpoint", "close", "restore", "close"], _ended.Select(activity => activity.DisplayName));
        Assert.Equal(7L, _ended[1].GetTagItem("flink.checkpoint.id"));
        Assert.Equal(ActivityStatusCode.Unset, _ended[1].Status);
        Assert.Equal(7L, _ended[4].GetTagItem("flink.checkpoint.id"));
    }

    [Fact]
    public void Open_ThatFails_SaysWhy()
    {
        using var first = Open();
        var failure = OpenFailure<StateBackendFolderInUseException>(Options());
        AssertFailed(_ended[^1], "open", failure);
        Assert.Equal(failure.Status.ToString(), _ended[^1].GetTagItem("db.response.status_code"));
    }

    [Fact]
    public void Operations_ThatFail_SayWhy()
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        AssertFailed(() => family.Compact("b"u8, "a"u8), "compact user_state");
        backend.Dispose();
        AssertFailed(backend.Flush, "flush");
        AssertFailed(family.Flush, "flush user_state");
    }

    [Fact]
    public void Close_WithCallsInFlight_IsAFailure()
    {
        var options = Options();
        options.CloseTimeout = TimeSpan.Zero;
        var backend = Open(options);
        backend.ColumnFamily("user_state").Put("key"u8, "value"u8);
        using (backend.ColumnFamily("user_state").TryGetPinned("key"u8)) backend.Dispose();
        Assert.Equal("close", _ended[^1].DisplayName);
        Assert.Equal(ActivityStatusCode.Error, _ended[^1].Status);
    }

    [Fact]
    public void Operations_WithoutAListener_MakeNoActivities()
    {
        _listener.Dispose();
        Open().Dispose();
        Assert.Empty(_ended);
        Assert.Null(Activity.Current);
    }

    protected override void Dispose(bool disposing)
    {
        _listener.Dispose();
        base.Dispose(disposing);
    }

    private static void AssertFailed(Activity activity, string name, Exception failure)
    {
        Assert.Equal(name, activity.DisplayName);
        Assert.Equal(ActivityStatusCode.Error, activity.Status);
        Assert.Equal(failure.Message, activity.StatusDescription);
        Assert.Equal(failure.GetType().FullName, activity.GetTagItem("error.type"));
    }

    private void AssertFailed(Action operation, string name) => AssertFailed(Failure(operation), name);

    private void AssertFailed(Exception failure, string name) => AssertFailed(_ended[^1], name, failure);

    private static Exception Failure(Action operation) => Assert.ThrowsAny<Exception>(operation);
}
