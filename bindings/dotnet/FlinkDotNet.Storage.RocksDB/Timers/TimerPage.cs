using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The timers that are firing: a page of those due, looked at and not yet removed. They are removed together once they have fired, so that
/// none is lost when a handler throws or the process ends.
/// </summary>
internal sealed class TimerPage(TimerServiceHandle handle)
{
    private const int FirstPageSizeBytes = 1024;
    private const int PageGrowth = 4;
    private const int LargestPageSizeBytes = 16 * 1024;

    private byte[] _page = [];
    private int _capacity = FirstPageSizeBytes;
    private int _length;
    private int _current;
    private int _next;
    private byte _time;
    private long _upTo;

    /// <summary>Gets a value indicating whether some timers of the page have neither fired nor been abandoned.</summary>
    public bool HasNext => _next < _length;

    /// <summary>Looks at the next timers that are due; false when there are none.</summary>
    public bool Fetch(in DueTimers due)
    {
        int length, count;
        while (handle.Due(due, Room(), out length, out count) == StateBackendStatus.BufferTooSmall) _capacity = length;
        (_length, _current, _next, _time, _upTo) = (length, 0, 0, due.Time, due.UpTo);
        return count > 0;
    }

    /// <summary>Gets the next timer of the page.</summary>
    public TimerRecord Next => At(_next);

    /// <summary>Takes the next timer as the one that is firing.</summary>
    public void MoveTo(in TimerRecord next)
    {
        _current = _next;
        _next += next.Length;
    }

    /// <summary>Removes what has fired, and begins the next page larger.</summary>
    public void Finish()
    {
        RemoveFired();
        _capacity = Math.Max(_capacity, Math.Min(_capacity * PageGrowth, LargestPageSizeBytes));
    }

    /// <summary>
    /// Removes what has fired and forgets the rest of the page, so that the timers can be changed and the next page shows the change. A
    /// handler that does so for each timer sees small pages.
    /// </summary>
    public void Abandon()
    {
        if (_length == 0) return;
        RemoveFired();
        _capacity = FirstPageSizeBytes;
    }

    /// <summary>
    /// Prepares for a change of a timer by a handler. False when there is nothing to change: the timer that is firing is gone already.
    /// </summary>
    public bool PrepareChange(byte time, in TimerRecord timer, bool isDeletion)
    {
        if (_length == 0 || time != _time || timer.Timestamp > _upTo) return true;
        if (isDeletion && timer.IsSameAs(At(_current))) return false;
        Abandon();
        return true;
    }

    private TimerRecord At(int start) => new(_page.AsSpan(start, _length - start));

    private void RemoveFired()
    {
        var fired = _page.AsSpan(0, _next);
        (_length, _next) = (0, 0);
        if (!fired.IsEmpty) handle.Delete(fired);
    }

    private Span<byte> Room()
    {
        if (_page.Length < _capacity) _page = GC.AllocateUninitializedArray<byte>(_capacity);
        return _page.AsSpan(0, _capacity);
    }
}
