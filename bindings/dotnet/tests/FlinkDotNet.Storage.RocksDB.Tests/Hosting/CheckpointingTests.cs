using FlinkDotNet.Storage.RocksDB.Tests.Checkpoints;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlinkDotNet.Storage.RocksDB.Tests.Hosting;

public sealed class CheckpointingTests : CheckpointTest
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly StepClock _clock = new();
    private readonly ServiceCollection _services = new();

    [Fact]
    public async Task Timer_MakesCheckpointsWithIdsAfterTheNewest_AndTheHostStartsWithTheLast()
    {
        using (var before = OpenState()) await before.CreateCheckpointAsync(41, Stop);
        await using (var host = await StartAsync())
        {
            await Due(Interval, Interval);
            await Due(Interval, Interval);
            Assert.Equal(43, host.Checkpointing.LastCompleted!.CheckpointId);
            Put(host.Backend, "row", "not in it");
        }

        await using var again = await StartAsync();
        Assert.Equal(43, again.Backend.RestoredCheckpointId);
        Assert.Null(Get(again.Backend, "row"));
    }

    [Fact]
    public async Task Backend_IsOpenBeforeServicesStart_AndUntilTheyHaveStopped()
    {
        var seen = new List<string>();
        _services.AddSingleton<IHostedService>(provider => new Watcher(provider, seen));
        await using (var host = await StartAsync(options => options.OnShutdown = true))
        {
            Put(host.Backend, "row", "last");
            await host.StopAsync();
            Assert.Throws<ObjectDisposedException>(() => Get(host.Backend, "row"));
        }

        Assert.Equal(["started with an open backend", "stopped with an open backend"], seen);
        await using var again = await StartAsync();
        Assert.Equal("last", Get(again.Backend, "row"));
        Assert.Contains(Logger.Entries, entry => entry.Message == $"State backend at {DataDirectory} closed");
    }

    [Fact]
    public async Task Participants_ArePausedUntilTheCheckpointHasItsFiles()
    {
        var log = new List<string>();
        _services.AddSingleton<ICheckpointParticipant>(provider => new Participant("first", log));
        _services.AddSingleton<ICheckpointParticipant>(provider => new Participant("second", log));
        await using var host = await StartAsync();
        await host.Checkpointing.CheckpointAsync(Stop);
        Assert.Equal(["first pauses for 1", "second pauses for 1", "second goes on after 1", "first goes on after 1"], log);
    }

    [Fact]
    public async Task Participant_ThatFails_LetsTheOthersGoOn_AndAttemptsBecomeRarer()
    {
        var log = new List<string>();
        var failing = new Participant("second", log) { IsFailing = true };
        _services.AddSingleton<ICheckpointParticipant>(new Participant("first", log)).AddSingleton<ICheckpointParticipant>(failing);
        await using var host = await StartAsync(options => options.LongestBackoff = TimeSpan.FromSeconds(35));
        await Due(10, 20);
        await Due(20, 35);
        await Due(35, 35);
        Assert.Equal(3, host.Checkpointing.ConsecutiveFailures);
        Assert.Equal(["first pauses for 1", "second fails", "first goes on after 1"], log.Take(3));
        failing.IsFailing = false;
        await Due(35, 10);
        Assert.Equal(0, host.Checkpointing.ConsecutiveFailures);
        Assert.Equal(1, host.Checkpointing.LastCompleted!.CheckpointId);
        Assert.Equal(3, Logger.Entries.Count(entry => entry.Message.StartsWith("A checkpoint of the state backend", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Checkpoint_ThatFails_IsCounted_AndTheNextOneHasAnotherId()
    {
        await using var host = await StartAsync();
        var shared = Path.Combine(CheckpointDirectory, "shared");
        Directory.CreateDirectory(CheckpointDirectory);
        await File.WriteAllTextAsync(shared, "in the way of a folder", Stop);
        await Due(10, 20);
        Assert.Equal(1, host.Checkpointing.ConsecutiveFailures);
        Assert.Equal(1, host.Backend.GetStatistics().FailedCheckpoints);
        File.Delete(shared);
        await Due(20, 10);
        Assert.Equal(2, host.Checkpointing.LastCompleted!.CheckpointId);
    }

    [Fact]
    public async Task Checkpoint_ThatTakesLong_IsFollowedAtOnce_AndByOneOnly()
    {
        var slow = new Participant("slow", []) { Gate = new SemaphoreSlim(0) };
        _services.AddSingleton<ICheckpointParticipant>(slow);
        await using var host = await StartAsync();
        (await _clock.NextTimer()).Fire();
        await slow.Paused.WaitAsync(Stop);
        var asked = host.Checkpointing.CheckpointAsync(Stop);
        _clock.Advance(TimeSpan.FromSeconds(25));
        Assert.False(asked.IsCompleted);
        slow.Gate.Release(3);
        Assert.Equal(2, (await asked).CheckpointId);
        await slow.Paused.WaitAsync(Stop);
        await slow.Paused.WaitAsync(Stop);
        Assert.Equal(Interval, (await _clock.NextTimer()).Due);
        Assert.Equal(3, host.Checkpointing.LastCompleted!.CheckpointId);
        Assert.Equal(1, slow.MostAtOnce);
    }

    [Fact]
    public async Task Shutdown_WithAParticipantThatNeverPauses_ClosesByItsDeadline()
    {
        var stuck = new Participant("stuck", []) { Gate = new SemaphoreSlim(0) };
        _services.AddSingleton<ICheckpointParticipant>(stuck);
        await using var host = await StartAsync(options => (options.OnShutdown, options.ShutdownTimeout) = (true, TimeSpan.FromSeconds(9)));
        _ = await _clock.NextTimer();
        var stopping = host.StopAsync();
        await stuck.Paused.WaitAsync(Stop);
        var deadline = await _clock.NextTimer();
        Assert.Equal(TimeSpan.FromSeconds(8.5), deadline.Due);
        _clock.Advance(deadline.Due);
        deadline.Fire();
        await stopping;
        Assert.Contains(Logger.Entries, entry => entry.Message.StartsWith("The last checkpoint of", StringComparison.Ordinal) && entry.Level == LogLevel.Error);
        Assert.Throws<ObjectDisposedException>(() => Get(host.Backend, "row"));
    }

    [Fact]
    public async Task Shutdown_WhileTheTimersCheckpointWaitsForAParticipant_GivesThatUp()
    {
        var stuck = new Participant("stuck", []) { Gate = new SemaphoreSlim(0) };
        _services.AddSingleton<ICheckpointParticipant>(stuck);
        await using var host = await StartAsync();
        (await _clock.NextTimer()).Fire();
        await stuck.Paused.WaitAsync(Stop);
        await host.StopAsync();
        Assert.Equal(0, host.Checkpointing.ConsecutiveFailures);
        Assert.Empty(host.CheckpointIds);
    }

    [Fact]
    public async Task Checkpointing_OfBackendsUnderKeys_IsOfEachItsOwn()
    {
        var log = new List<string>();
        foreach (var key in new[] { "left", "right" })
        {
            _services.AddKeyedRocksDBStateBackend(key, options => options.DataDirectory = Folder.At(key));
            _services.AddKeyedRocksDBCheckpointing(key, options => options.Interval = TimeSpan.Zero);
        }

        _services.AddKeyedSingleton<ICheckpointParticipant>("right", new Participant("right", log));
        await using var provider = _services.BuildServiceProvider();
        var hosted = provider.GetServices<IHostedService>().Cast<IHostedLifecycleService>().ToArray();
        Assert.Equal(2, hosted.Length);
        foreach (var service in hosted) await service.StartingAsync(Stop);
        foreach (var key in new[] { "left", "right" }) await provider.GetRequiredKeyedService<RocksDBCheckpointing>(key).CheckpointAsync(Stop);
        Assert.Equal(["right pauses for 1", "right goes on after 1"], log);
        Assert.Equal([1], Ids(provider.GetRequiredKeyedService<RocksDBStateBackend>("right").Checkpoints));
        foreach (var service in hosted) await service.StoppedAsync(Stop);
    }

    [Fact]
    public async Task Checkpoint_BeforeTheHostHasStarted_IsRefused()
    {
        _services.AddRocksDBStateBackend(options => options.DataDirectory = DataDirectory);
        _services.AddRocksDBCheckpointing();
        await using var provider = _services.BuildServiceProvider();
        await Assert.ThrowsAsync<InvalidOperationException>(() => provider.GetRequiredService<RocksDBCheckpointing>().CheckpointAsync(Stop));
        Assert.False(Directory.Exists(DataDirectory));
    }

    [Theory]
    [InlineData(-1, 1, 8, "Interval must be from zero to a day, but is -00:00:01.")]
    [InlineData(1, 90000, 8, "LongestBackoff must be from zero to a day, but is 1.01:00:00.")]
    [InlineData(1, 1, 10, "ShutdownTimeout must be from 1 second to less than 10, but is 00:00:10.")]
    [InlineData(1, 1, 0, "ShutdownTimeout must be from 1 second to less than 10, but is 00:00:00.")]
    public void Options_OutOfRange_AreRefusedWhenTheHostStarts(int interval, int backoff, int shutdown, string message)
    {
        _services.AddRocksDBCheckpointing(options =>
        {
            options.Interval = TimeSpan.FromSeconds(interval);
            options.LongestBackoff = TimeSpan.FromSeconds(backoff);
            options.ShutdownTimeout = TimeSpan.FromSeconds(shutdown);
        });
        using var provider = _services.BuildServiceProvider();
        Assert.Equal(message, Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate).Message);
    }

    private async Task<StartedHost> StartAsync(Action<RocksDBCheckpointingOptions>? configure = null)
    {
        IServiceCollection services = new ServiceCollection();
        foreach (var service in _services) services.Add(service);
        services.AddSingleton<ILogger<RocksDBStateBackend>>(Logger).AddSingleton<TimeProvider>(_clock);
        services.AddRocksDBStateBackend(options =>
        {
            (options.DataDirectory, options.CheckpointDirectory) = (DataDirectory, CheckpointDirectory);
            options.RestoreFrom = new CheckpointRestore { OrEmpty = true, ClaimMode = ClaimMode.Claim };
        });
        services.AddRocksDBCheckpointing(options =>
        {
            options.Interval = Interval;
            configure?.Invoke(options);
        });
        return await StartedHost.StartAsync(services.BuildServiceProvider()).ConfigureAwait(false);
    }

    private Task Due(int due, int next) => Due(TimeSpan.FromSeconds(due), TimeSpan.FromSeconds(next));

    /// <summary>Fires the timer that is due after a time, and waits for the one that follows the checkpoint, which it leaves to the next call.</summary>
    private async Task Due(TimeSpan due, TimeSpan next)
    {
        var timer = _pending ?? await _clock.NextTimer().ConfigureAwait(false);
        Assert.Equal(due, timer.Due);
        timer.Fire();
        _pending = await _clock.NextTimer().ConfigureAwait(false);
        Assert.Equal(next, _pending.Due);
    }

    private StepClock.StepTimer? _pending;

    /// <summary>What a host does with its services.</summary>
    private sealed class StartedHost(ServiceProvider services, IHostedService[] hosted) : IAsyncDisposable
    {
        private bool _isStopped;

        public RocksDBStateBackend Backend => services.GetRequiredService<RocksDBStateBackend>();

        public RocksDBCheckpointing Checkpointing => services.GetRequiredService<RocksDBCheckpointing>();

        public IEnumerable<long> CheckpointIds
        {
            get
            {
                using var store = new CheckpointStore(Backend.Checkpoints.Directory);
                return [.. Ids(store)];
            }
        }

        public static async Task<StartedHost> StartAsync(ServiceProvider services)
        {
            var host = new StartedHost(services, [.. services.GetServices<IHostedService>()]);
            foreach (var service in host.Lifecycles) await service.StartingAsync(Stop).ConfigureAwait(false);
            foreach (var service in host.Services) await service.StartAsync(Stop).ConfigureAwait(false);
            foreach (var service in host.Lifecycles) await service.StartedAsync(Stop).ConfigureAwait(false);
            return host;
        }

        public async Task StopAsync()
        {
            _isStopped = true;
            foreach (var service in Lifecycles) await service.StoppingAsync(Stop).ConfigureAwait(false);
            foreach (var service in Services.Reverse()) await service.StopAsync(Stop).ConfigureAwait(false);
            foreach (var service in Lifecycles) await service.StoppedAsync(Stop).ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isStopped) await StopAsync().ConfigureAwait(false);
            await services.DisposeAsync().ConfigureAwait(false);
        }

        private IHostedService[] Services => hosted;

        private IEnumerable<IHostedLifecycleService> Lifecycles => hosted.OfType<IHostedLifecycleService>();
    }

    private sealed class Watcher(IServiceProvider services, List<string> seen) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Note("started");

        public Task StopAsync(CancellationToken cancellationToken) => Note("stopped");

        private Task Note(string what)
        {
            Put(services.GetRequiredService<RocksDBStateBackend>(), what, what);
            seen.Add($"{what} with an open backend");
            return Task.CompletedTask;
        }
    }

    private sealed class Participant(string name, List<string> log) : ICheckpointParticipant
    {
        private int _paused;

        public bool IsFailing { get; set; }

        public SemaphoreSlim? Gate { get; init; }

        public SemaphoreSlim Paused { get; } = new(0);

        public int MostAtOnce { get; private set; }

        public async ValueTask PauseAsync(long checkpointId, CancellationToken cancellationToken)
        {
            Paused.Release();
            if (Gate is not null) await Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            MostAtOnce = Math.Max(MostAtOnce, ++_paused);
            log.Add(IsFailing ? $"{name} fails" : $"{name} pauses for {checkpointId}");
            if (!IsFailing) return;
            _paused--;
            throw new InvalidOperationException("The source is gone.");
        }

        public void Unpause(long checkpointId)
        {
            _paused--;
            log.Add($"{name} goes on after {checkpointId}");
        }
    }
}
