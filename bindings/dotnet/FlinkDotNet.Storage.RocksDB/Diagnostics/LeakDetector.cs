using System.Collections.Concurrent;
using System.Diagnostics;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Names the place at which an object was made that nobody disposed, to find leaks while a program is developed. It is off unless the
/// environment variable <c>FLINK_STATE_BACKEND_DETECT_LEAKS</c> is 1, or the AppContext setting <c>FlinkDotNet.Storage.RocksDB.DetectLeaks</c>
/// is true, when the first object is made. On, it takes a stack trace of each backend, keyed backend, snapshot, scan, pinned value, credit
/// pool, channel, checkpoint and store that is made, which costs microseconds; off, it costs nothing.
/// </summary>
/// <remarks>
/// An object that the garbage collector finds undisposed frees what it owns all the same: nothing is lost but time. What it reports goes to
/// <see cref="OnLeak"/>, and to standard error when that is null.
/// </remarks>
public static class LeakDetector
{
    private const string Variable = "FLINK_STATE_BACKEND_DETECT_LEAKS";
    private const string Setting = "FlinkDotNet.Storage.RocksDB.DetectLeaks";

    private static readonly ConcurrentDictionary<long, UndisposedObject> Alive = new();

    private static long _lastNumber;

    /// <summary>Gets or sets what is told of an object that the garbage collector found undisposed, on its finalizer thread. It must not throw.</summary>
    public static Action<UndisposedObject>? OnLeak { get; set; }

    /// <summary>Gets a value indicating whether objects are watched.</summary>
    public static bool IsEnabled { get; } = AppContext.TryGetSwitch(Setting, out var isOn) ? isOn : Environment.GetEnvironmentVariable(Variable) is "1";

    /// <summary>Lists the objects that are not disposed, the oldest first; none when nothing is watched.</summary>
    /// <returns>The objects.</returns>
    public static IReadOnlyList<UndisposedObject> Undisposed() => Alive.OrderBy(entry => entry.Key).Select(entry => entry.Value).ToArray();

    /// <summary>Watches an object that is being made, and gives the number to forget it by.</summary>
    internal static long Watch(Type type)
    {
        var number = Interlocked.Increment(ref _lastNumber);
        Alive[number] = new UndisposedObject(KindOf(type), new StackTrace(skipFrames: 2, fNeedFileInfo: true).ToString());
        return number;
    }

    /// <summary>Forgets an object that has been disposed.</summary>
    internal static void Forget(long number) => Alive.TryRemove(number, out _);

    /// <summary>Reports an object that reached its finalizer.</summary>
    internal static void Report(long number)
    {
        if (!Alive.TryRemove(number, out var leaked)) return;
        if (OnLeak is { } told) told(leaked);
        else Console.Error.WriteLine($"{leaked.Kind} was never disposed. It was made{Environment.NewLine}{leaked.MadeAt}");
    }

    private static string KindOf(Type handle) =>
        handle.Name.Replace("Native", string.Empty, StringComparison.Ordinal).Replace("Handle", string.Empty, StringComparison.Ordinal);
}
