using System.Reflection;
using FlinkDotNet.Core.Abstractions.Storage;

namespace FlinkDotNet.Storage.RocksDB.Tests.Surface;

/// <summary>The difference between FLINK.NET's surface, as the file beside lists it, and ours.</summary>
public class FlinkNetDifferenceTests
{
    private const BindingFlags Visible = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Assembly[] Assemblies = [typeof(RocksDBStateBackend).Assembly, typeof(IStateBackend).Assembly];

    private static readonly Dictionary<Type, string> Aliases = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
    };

    [Fact]
    public void Difference_BetweenTheSurfaces_IsTheDatabaseAlone()
    {
        var missing = new List<string>();
        foreach (var (type, bases, members) in Listed())
        {
            var ours = Assemblies.Select(assembly => assembly.GetExportedTypes().SingleOrDefault(candidate => FullName(candidate) == type)).FirstOrDefault(found => found is not null);
            if (ours is null)
            {
                missing.Add(type);
                continue;
            }

            var ancestors = Ancestors(ours).Select(Name).ToHashSet(StringComparer.Ordinal);
            missing.AddRange(bases.Where(ancestor => !ancestors.Contains(ancestor)).Select(ancestor => $"{type} : {ancestor}"));
            var present = MembersOf(ours).ToHashSet(StringComparer.Ordinal);
            missing.AddRange(members.Where(member => !present.Contains(member)).Select(member => $"{type}.{member}"));
        }

        Assert.Equal(["FlinkDotNet.Storage.RocksDB.RocksDBStateBackend.RocksDb Database { get; }"], missing);
    }

    [Fact]
    public void List_OfTheSurface_IsWhole()
    {
        var listed = Listed();
        Assert.Equal(29, listed.Count);
        Assert.Equal(120, listed.Sum(type => type.Members.Count));
    }

    private static List<(string Type, string[] Bases, List<string> Members)> Listed()
    {
        var listed = new List<(string, string[], List<string>)>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "flink-net-surface.txt")))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            if (!line.StartsWith("class ", StringComparison.Ordinal))
            {
                listed[^1].Item3.Add(line);
                continue;
            }

            var parts = line["class ".Length..].Split(" : ");
            listed.Add((parts[0], parts.Length == 1 ? [] : parts[1].Split(", "), []));
        }

        return listed;
    }

    private static IEnumerable<Type> Ancestors(Type type)
    {
        foreach (var contract in type.GetInterfaces()) yield return contract;
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType) yield return ancestor;
    }

    /// <summary>Each member as the list may have written it: parameters with their names and without, sizes as ulong and as long.</summary>
    private static IEnumerable<string> MembersOf(Type type) => Signatures(type)
        .SelectMany(signature => signature.Contains("ByteSize", StringComparison.Ordinal)
            ? new[] { signature.Replace("ByteSize", "ulong", StringComparison.Ordinal), signature.Replace("ByteSize", "long", StringComparison.Ordinal) }
            : [signature]);

    private static IEnumerable<string> Signatures(Type type)
    {
        foreach (var property in type.GetProperties(Visible).Where(property => IsVisible(property.GetMethod)))
        {
            yield return $"{Name(property.PropertyType)} {property.Name} {{ get; {(IsVisible(property.SetMethod) ? "set; " : string.Empty)}}}";
        }

        foreach (var field in type.GetFields(Visible).Where(field => field.IsPublic)) yield return $"{Name(field.FieldType)} {field.Name}";
        foreach (var constructor in type.GetConstructors(Visible).Where(IsVisible))
        {
            foreach (var parameters in Parameters(constructor)) yield return $"new({parameters})";
        }

        foreach (var method in type.GetMethods(Visible).Where(method => IsVisible(method) && !method.IsSpecialName))
        {
            var generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : string.Empty;
            foreach (var parameters in Parameters(method)) yield return $"{Name(method.ReturnType)} {method.Name}{generic}({parameters})";
        }
    }

    private static IEnumerable<string> Parameters(MethodBase method)
    {
        var parameters = method.GetParameters();
        yield return string.Join(", ", parameters.Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));
        yield return string.Join(", ", parameters.Select(parameter => Name(parameter.ParameterType)));
        // A timer's moment is named, its key and window are not.
        yield return string.Join(", ", parameters.Select(parameter => Name(parameter.ParameterType) + (parameter.Name == "timestamp" ? " timestamp" : string.Empty)));
    }

    private static bool IsVisible(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true };

    private static string FullName(Type type) => $"{type.Namespace}.{Name(type)}";

    private static string Name(Type type)
    {
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return Aliases.GetValueOrDefault(type, type.Name);
        return $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
