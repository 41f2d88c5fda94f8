using System.Reflection;
using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>The exports of the library by name, called with arguments of the test's choice.</summary>
internal static class NativeExports
{
    public static IEnumerable<MethodInfo> All { get; } = typeof(NativeMethods)
        .GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Where(method => method.Name.StartsWith("fsb_", StringComparison.Ordinal))
        .ToList();

    public static MethodInfo Named(string name) => All.Single(export => export.Name == name);

    /// <summary>Name of the first parameter when it is a handle, else an empty text.</summary>
    public static string Owner(MethodInfo export) =>
        export.GetParameters() is [var first, ..] && first.ParameterType == typeof(nint) ? first.Name! : string.Empty;

    public static bool IsHandle(ParameterInfo parameter) => parameter.ParameterType == typeof(nint);

    public static bool IsError(ParameterInfo parameter) => parameter is { Name: "error", ParameterType.IsPointer: true };

    /// <summary>Bytes that the export reads: a pointer whose length is the next parameter.</summary>
    public static bool IsInput(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(byte).MakePointerType()
        && parameter.Name is not ("buffer" or "present" or "contains" or "isEmpty" or "isNull");

    public static bool IsInputLength(ParameterInfo parameter) => parameter.ParameterType == typeof(nuint) && parameter.Name != "capacity";

    /// <summary>A place that the export writes to.</summary>
    public static bool IsOutput(ParameterInfo parameter) =>
        parameter.ParameterType.IsPointer && !IsInput(parameter) && !IsError(parameter)
        && parameter.Name is not ("buffer" or "options" or "hash" or "query" or "stores");

    /// <summary>Calls an export; an argument that is not given is nothing.</summary>
    public static object? Call(MethodInfo export, Func<ParameterInfo, object?> argument) =>
        export.Invoke(null, export.GetParameters().Select(parameter => argument(parameter) ?? Nothing(parameter.ParameterType)).ToArray());

    public static StateBackendStatus Status(MethodInfo export, Func<ParameterInfo, object?> argument) =>
        (StateBackendStatus)(int)Call(export, argument)!;

    private static object Nothing(Type type) => type.IsPointer ? (nint)0 : Activator.CreateInstance(type)!;
}
