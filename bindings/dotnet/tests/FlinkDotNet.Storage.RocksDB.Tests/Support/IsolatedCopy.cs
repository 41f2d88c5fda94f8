using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>Loads this assembly and those under test a second time, into a load context that can be unloaded, as hosts of plug-ins do.</summary>
internal static class IsolatedCopy
{
    /// <summary>Calls a static method of a class in the copy, begins to unload the copy, and gives what tells whether it is gone.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static WeakReference Run(Type owner, string method, params object[] arguments)
    {
        var context = new Copies();
        var copy = context.LoadFromAssemblyPath(owner.Assembly.Location).GetType(owner.FullName!, throwOnError: true)!;
        Assert.NotSame(owner, copy);
        try
        {
            copy.GetMethod(method, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
                .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        }
        finally
        {
            context.Unload();
        }

        return new WeakReference(context);
    }

    private sealed class Copies() : AssemblyLoadContext("copy", isCollectible: true)
    {
        /// <summary>Everything else, xunit too, is the process's own.</summary>
        protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name!.StartsWith("FlinkDotNet.", StringComparison.Ordinal)
            ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll"))
            : null;
    }
}
