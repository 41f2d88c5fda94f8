namespace FlightsWorker;

/// <summary>Where all parts of the job wait while a checkpoint takes its files.</summary>
internal sealed class Barrier(int parties)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = parties;

    /// <summary>Ends when all have come.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Comes, and waits until all may go on.</summary>
    public Task ArriveAsync()
    {
        if (Interlocked.Decrement(ref _missing) == 0) _reached.TrySetResult();
        return _released.Task;
    }

    /// <summary>Nobody is coming any more: none is at work.</summary>
    public void BeReached() => _reached.TrySetResult();

    /// <summary>Somebody cannot come.</summary>
    public void Fail(Exception reason)
    {
        _reached.TrySetException(reason);
        Release();
    }

    /// <summary>Lets all go on.</summary>
    public void Release() => _released.TrySetResult();
}
