using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// The timers that are firing: a page of those due, looked at and not yet removed. They are removed together once they have fired, so that
/// none is lost when a handler throws or the process ends.
/// </summary>
internal sealed class TimerPage(TimerServiceHandle handle)
{
    private const int SmallestPageSizeBytes = 128;
    private const int FirstPageSizeBytes = 1024;
    private const int PageGrowth = 4;
    private const int LargestPageSizeBytes = 16 * 1024;

    private byte[] _page = [];
    private byte[]? _ofKey;
    private int? _hashOfKey;
    private int _capacity = FirstPageSizeBytes;
    private int _length;
    private int _current;
    private int _next;
    private byte _time;
    private long _upTo;

    /// <summary>Gets a value indicating whether some timers of the page have neither fired nor been abandoned.</summary>
    public bool HasNext => _next < _length;

    /// <summary>Gets the next timer of the page.</summary>
    public TimerRecord Next => At(_next);

    /// <summary>Says which timers are due: those of one clock up to a time, of one key or, for null, of all.</summary>
    public void Begin(byte time, long upTo, byte[]? ofKey, int? hashOfKey) => (_time, _upTo, _ofKey, _hashOfKey) = (time, upTo, ofKey, hashOfKey);

    /// <summary>Looks at the next timers that are due; false when there are none.</summary>
    public bool Fetch()
    {
        int length, count;
        while (Due(remove: false, Room(), out length, out count) == StateBackendStatus.BufferTooSmall) _capacity = length;
        (_length, _current, _next) = (length, 0, 0);
        return count > 0;
    }

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
    /// Removes what has fired and forgets the rest of the page, so that timers can be changed and the next page shows the change. That one
    /// has twice what has fired: a handler that does so for each timer has few looked at in vain.
    /// </summary>
    public void Abandon()
    {
        if (_length == 0) return;
        _capacity = Math.Clamp(2 * _next, SmallestPageSizeBytes, LargestPageSizeBytes);
        RemoveFired();
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

    /// <summary>Removes the timers before the next one. They are the first that are due, because every change abandons the page first.</summary>
    private void RemoveFired()
    {
        var fired = _next;
        (_length, _next) = (0, 0);
        if (fired == 0) return;
        Due(remove: true, _page.AsSpan(0, fired), out var removed, out _);
        if (removed != fired) throw new InvalidOperationException("Timers were changed beside the service that was firing them.");
    }

    private StateBackendStatus Due(bool remove, Span<byte> page, out int length, out int count) => handle.Due(
        new DueTimers { Time = _time, UpTo = _upTo, Remove = remove, OfOneKey = _ofKey is not null, Key = _ofKey, HashOfKey = _hashOfKey },
        page,
        out length,
        out count);

    private Span<byte> Room()
    {
        if (_page.Length < _capacity) _page = GC.AllocateUninitializedArray<byte>(_capacity);
        return _page.AsSpan(0, _capacity);
    }
}
