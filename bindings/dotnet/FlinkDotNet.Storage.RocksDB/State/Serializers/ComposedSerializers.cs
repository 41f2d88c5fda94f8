using System.Diagnostics.CodeAnalysis;

namespace FlinkDotNet.Storage.RocksDB;

/// <summary>
/// Finds the serializer of a tuple or nullable type by its type arguments. This needs code made at run time, once for each type; without it,
/// the caller composes serializers by <see cref="StateSerializers.Tuple{T1, T2}"/> and <see cref="StateSerializers.Nullable{T}"/>.
/// </summary>
internal static class ComposedSerializers
{
    private interface IFactory
    {
        object Create();
    }

    /// <summary>Composes the serializer of a type; null when it is neither a tuple nor nullable.</summary>
    [RequiresDynamicCode("Makes a generic type of the type arguments.")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The factories are kept by the attributes below.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The factories ask nothing of their type arguments.")]
    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "The factories are kept by the attributes below.")]
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "The factories are kept by the attributes below.")]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(OfNullable<>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(OfTuple<,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(OfTuple<,,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor, typeof(OfTuple<,,,>))]
    public static object? Of(Type type)
    {
        if (!type.IsGenericType) return null;
        var definition = type.GetGenericTypeDefinition();
        var factory = definition == typeof(Nullable<>) ? typeof(OfNullable<>)
            : definition == typeof(ValueTuple<,>) ? typeof(OfTuple<,>)
            : definition == typeof(ValueTuple<,,>) ? typeof(OfTuple<,,>)
            : definition == typeof(ValueTuple<,,,>) ? typeof(OfTuple<,,,>)
            : null;
        return factory is null ? null : ((IFactory)Activator.CreateInstance(factory.MakeGenericType(type.GetGenericArguments()))!).Create();
    }

    private sealed class OfNullable<T> : IFactory
        where T : struct
    {
        public object Create() => StateSerializers.Nullable<T>();
    }

    private sealed class OfTuple<T1, T2> : IFactory
    {
        public object Create() => StateSerializers.Tuple<T1, T2>();
    }

    private sealed class OfTuple<T1, T2, T3> : IFactory
    {
        public object Create() => StateSerializers.Tuple<T1, T2, T3>();
    }

    private sealed class OfTuple<T1, T2, T3, T4> : IFactory
    {
        public object Create() => StateSerializers.Tuple<T1, T2, T3, T4>();
    }
}
