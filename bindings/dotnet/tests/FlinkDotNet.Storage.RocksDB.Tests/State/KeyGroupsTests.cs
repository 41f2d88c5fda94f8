using System.Buffers.Binary;
using System.Numerics;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class KeyGroupsTests : BackendTest
{
    [Theory]
    [InlineData(1, 128)]
    [InlineData(85, 128)]
    [InlineData(86, 256)]
    [InlineData(128, 256)]
    [InlineData(172, 512)]
    [InlineData(20_000, 32_768)]
    [InlineData(32_768, 32_768)]
    public void DefaultMaxParallelism_OfAParallelism_IsFlinks(int parallelism, int maxParallelism) =>
        Assert.Equal(maxParallelism, KeyGroups.DefaultMaxParallelism(parallelism));

    [Theory]
    [InlineData(128, 1)]
    [InlineData(128, 3)]
    [InlineData(10, 4)]
    [InlineData(7, 7)]
    [InlineData(32_768, 1000)]
    public void Ranges_OfAllSubtasks_CoverEachGroupOnceAsFlinksDo(int maxParallelism, int parallelism)
    {
        var next = 0;
        for (var index = 0; index < parallelism; index++)
        {
            var range = KeyGroups.RangeOf(maxParallelism, parallelism, index);
            Assert.Equal(next, range.First);
            Assert.Equal((((index + 1) * maxParallelism) - 1) / parallelism, range.Last);
            Assert.All(new[] { range.First, range.Last }, group => Assert.Equal(index, group * parallelism / maxParallelism));
            Assert.True(range.Contains(range.First) && range.Contains(range.Last) && !range.Contains(range.Last + 1));
            next = range.Last + 1;
            Assert.Equal(range.Last - range.First + 1, range.Count);
        }

        Assert.Equal(maxParallelism, next);
    }

    [Fact]
    public void Group_OfAKey_IsThatOfItsMurmurHash()
    {
        var random = new Random(7);
        for (var length = 0; length < 40; length++)
        {
            var key = new byte[length];
            random.NextBytes(key);
            Assert.Equal((int)(Murmur3(key) % 128), KeyGroups.Of(key, 128));
        }

        Assert.Equal(KeyGroups.Of("key"u8, 128), KeyGroups.OfKey("key", 128));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(42)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void Group_OfAJavaHashCode_IsFlinks(int hashCode)
    {
        Span<byte> block = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(block, hashCode);
        var spread = (int)Murmur3(block);
        var absolute = spread >= 0 ? spread : spread != int.MinValue ? -spread : 0;
        foreach (var maxParallelism in new[] { 1, 128, 1000, 32_768 })
        {
            Assert.Equal(absolute % maxParallelism, KeyGroups.Of(hashCode, maxParallelism));
        }
    }

    [Fact]
    public void HashCodes_OfJava_AreJavas()
    {
        Assert.Equal(0, JavaHashCode.Of(string.Empty));
        Assert.Equal(99162322, JavaHashCode.Of("hello"));
        Assert.Equal(int.MinValue, JavaHashCode.Of("polygenelubricants"));
        Assert.Equal(-1, JavaHashCode.Of(-1));
        Assert.Equal(0, JavaHashCode.Of(-1L));
        Assert.Equal(1, JavaHashCode.Of(1L << 32));
        Assert.Equal(1231, JavaHashCode.Of(value: true));
        Assert.Equal(1237, JavaHashCode.Of(value: false));
    }

    [Fact]
    public void Arguments_OutOfTheirRange_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => KeyGroups.Of(1, 0));
        Assert.Throws<ArgumentException>(() => KeyGroups.Of(1, -1));
        Assert.Throws<ArgumentException>(() => KeyGroups.Of("key"u8, 32_769));
        Assert.Throws<ArgumentException>(() => KeyGroups.RangeOf(128, 129, 0));
        Assert.Throws<ArgumentException>(() => KeyGroups.RangeOf(128, 4, 4));
        Assert.Throws<ArgumentException>(() => KeyGroups.RangeOf(128, 4, -1));
        Assert.Throws<ArgumentException>(() => KeyGroups.DefaultMaxParallelism(0));
        Assert.Throws<ArgumentNullException>(() => KeyGroups.OfKey<string>(null!, 128));
    }

    [Fact]
    public void Key_OfAGroupOutsideTheRange_IsRefusedAndTheCurrentKeyStays()
    {
        using var backend = Open();
        using var keyed = backend.CreateKeyedStateBackend<int>(new KeyedStateBackendOptions { KeyGroupRange = KeyGroups.RangeOf(128, 2, 1) });
        var keys = Enumerable.Range(0, 100).ToLookup(key => KeyGroups.OfKey(key, 128) >= 64);
        var state = keyed.GetValueState(StateDescriptors.Value<int>("state"));
        keyed.SetCurrentKey(keys[true].First());
        state.Update(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => keyed.SetCurrentKey(keys[false].First()));
        Assert.Equal(keys[true].First(), keyed.CurrentKey);
        Assert.Equal(1, state.Value());
        Assert.Equal(new KeyGroupRange(64, 127), keyed.KeyGroupRange);
        Assert.True(keyed.KeyGroupRange.Contains(keyed.CurrentKeyGroup));
    }

    [Fact]
    public void Key_WithAJavaHashCode_IsPlacedByIt()
    {
        using var backend = Open();
        using var keyed = backend.CreateKeyedStateBackend<string>(keyHash: JavaHashCode.Of);
        var state = keyed.GetValueState(StateDescriptors.Value<int>("state"));
        var names = Enumerable.Range(0, 200).Select(number => $"key {number}").ToArray();
        foreach (var name in names)
        {
            keyed.SetCurrentKey(name);
            Assert.Equal(KeyGroups.Of(JavaHashCode.Of(name), 128), keyed.CurrentKeyGroup);
            state.Update(name.Length);
        }

        var expected = names.OrderBy(name => KeyGroups.Of(JavaHashCode.Of(name), 128)).ThenBy(name => name, StringComparer.Ordinal);
        Assert.Equal(expected, keyed.GetKeys("state"));
        var applied = 0;
        keyed.ApplyToAllKeys(state, (name, value) => applied += value.Value() == name.Length ? 1 : 0);
        Assert.Equal(names.Length, applied);
    }

    /// <summary>MurmurHash3 x86, 32 bits, seed 0, written from its description.</summary>
    private static uint Murmur3(ReadOnlySpan<byte> data)
    {
        uint hash = 0;
        var blocks = data;
        for (; blocks.Length >= 4; blocks = blocks[4..])
        {
            hash ^= Mix(BinaryPrimitives.ReadUInt32LittleEndian(blocks));
            hash = (BitOperations.RotateLeft(hash, 13) * 5) + 0xe6546b64;
        }

        uint tail = 0;
        for (var index = blocks.Length - 1; index >= 0; index--) tail = (tail << 8) | blocks[index];
        hash ^= Mix(tail) ^ (uint)data.Length;
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return hash ^ (hash >> 16);

        static uint Mix(uint block) => BitOperations.RotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
    }
}
