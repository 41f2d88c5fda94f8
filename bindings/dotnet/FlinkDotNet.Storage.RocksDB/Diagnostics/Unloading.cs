using System.Runtime.Loader;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Lets a collectible load context that holds this assembly go. What the assembly has registered with the process, as a meter is, refers to
/// it for ever otherwise.
/// </summary>
internal static class Unloading
{
    /// <summary>Disposes a registration when the assembly's load context is unloaded; in a program's own context, never.</summary>
    public static T Ends<T>(T registration)
        where T : IDisposable
    {
        if (AssemblyLoadContext.GetLoadContext(typeof(Unloading).Assembly) is { IsCollectible: true } context)
        {
            context.Unloading += _ => registration.Dispose();
        }

        return registration;
    }
}
