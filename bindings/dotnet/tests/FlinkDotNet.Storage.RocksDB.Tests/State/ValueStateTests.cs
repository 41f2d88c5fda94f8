using FlinkDotNet.Core.Abstractions.Models.State;
using FlinkDotNet.Core.Abstractions.Serializers;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.State;

public sealed class ValueStateTests : KeyedStateTest
{
    [Fact]
    public void Value_UpdatedReadAndCleared_FollowsTheCurrentKey()
    {
        var count = Keyed.GetValueState(StateDescriptors.Value<long>("count"));
        count.Update(5);
        Keyed.SetCurrentKey("other");
        Assert.False(count.TryGet(out _));
        Assert.True(count.IsEmpty());
        count.Update(-7);
        Keyed.SetCurrentKey("key");
        Assert.Equal(5, count.Value());
        count.Clear();
        Assert.True(count.IsEmpty());
        Assert.Equal(0, count.Value());
        Keyed.SetCurrentKey("other");
        Assert.Equal(-7, count.Value());
    }

    [Fact]
    public void Value_WithADefault_AnswersItUntilUpdatedAndAfterClear()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value("text", "none"));
        Assert.Equal("none", state.Value());
        Assert.False(state.TryGet(out _));
        state.Update(string.Empty);
        Assert.Equal(string.Empty, state.Value());
        state.Clear();
        Assert.Equal("none", state.Value());
    }

    [Fact]
    public void Default_ThatCanBeChanged_IsACopyEachTime()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<byte[]>("bytes", [1, 2]));
        var first = state.Value()!;
        first[0] = 9;
        Assert.Equal([1, 2], state.Value());
    }

    [Fact]
    public void Update_WithNull_ClearsAndReadsBackNull()
    {
        var text = Keyed.GetValueState(StateDescriptors.Value<string>("text"));
        text.Update("value");
        text.Update(null!);
        Assert.Null(text.Value());
        Assert.True(text.IsEmpty());
        var number = Keyed.GetValueState(StateDescriptors.Value<int?>("number"));
        number.Update(4);
        Assert.Equal(4, number.Value());
        number.Update(null);
        Assert.Null(number.Value());
        Assert.True(number.IsEmpty());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(100_000)]
    [InlineData(3 << 20)]
    public void Value_OfAnySize_ComesBack(int size)
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<byte[]>("bytes"));
        var value = new byte[size];
        new Random(size).NextBytes(value);
        state.Update(value);
        Assert.Equal(value, state.Value());
        Reopen();
        Assert.Equal(value, Keyed.GetValueState(StateDescriptors.Value<byte[]>("bytes")).Value());
    }

    [Fact]
    public void Value_OverTheLargestSize_IsRefusedAndTheOldOneStays()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<byte[]>("bytes"));
        state.Update([1]);
        Assert.Throws<ArgumentException>(() => state.Update(new byte[(64 << 20) + 1]));
        Assert.Equal([1], state.Value());
    }

    [Fact]
    public void State_OfTheSameName_IsTheSameObject()
    {
        var descriptor = StateDescriptors.Value<long>("count");
        var state = Keyed.GetValueState(descriptor);
        Assert.Same(state, Keyed.GetValueState(descriptor));
        Assert.Same(state, Keyed.GetValueState(StateDescriptors.Value<long>("count")));
        Assert.NotSame(state, Keyed.GetValueState(StateDescriptors.Value<long>("sum")));
    }

    [Fact]
    public void State_OfAnArraySerializer_WorksLikeOthers()
    {
        var state = Keyed.GetValueState(new ValueStateDescriptor<string>("text", new ReversingSerializer()));
        state.Update("abc");
        Assert.Equal("abc", state.Value());
        state.Update(new string('x', 5000));
        Assert.Equal(5000, state.Value()!.Length);
        Assert.Contains(nameof(ReversingSerializer), Keyed.StatesJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Serializer_ThatThrowsOrAnswersNull_IsOneClearErrorAndTheStateStays()
    {
        var broken = new BrokenSerializer();
        var state = Keyed.GetValueState(new ValueStateDescriptor<string>("text", broken));
        state.Update("good");
        broken.Failure = () => throw new NotSupportedException("no more ink");
        var thrown = Assert.Throws<StateSerializationException>(() => state.Update("bad"));
        Assert.Contains("'text'", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("no more ink", thrown.Message, StringComparison.Ordinal);
        Assert.IsType<NotSupportedException>(thrown.InnerException);
        Assert.Contains("'text'", Assert.Throws<StateSerializationException>(state.Value).Message, StringComparison.Ordinal);
        broken.Failure = () => null;
        Assert.Contains("null", Assert.Throws<StateSerializationException>(() => state.Update("bad")).Message, StringComparison.Ordinal);
        broken.Failure = null;
        Assert.Equal("good", state.Value());
    }

    [Fact]
    public void State_WithoutACurrentKey_IsRefused()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<long>("count"));
        state.Update(1);
        Keyed.ClearCurrentKey();
        Assert.Throws<NoCurrentKeyException>(() => state.Value());
        Assert.Throws<NoCurrentKeyException>(() => state.Update(2));
        Assert.Throws<NoCurrentKeyException>(state.Clear);
        Assert.Throws<NoCurrentKeyException>(() => state.IsEmpty());
        Assert.Throws<NoCurrentKeyException>(() => Keyed.CurrentKey);
        Keyed.SetCurrentKey("key");
        Assert.Equal(1, state.Value());
    }

    [Fact]
    public void State_OfAnotherKindOrType_IsRefused()
    {
        var state = Keyed.GetValueState(StateDescriptors.Value<long>("count"));
        state.Update(1);
        Assert.Throws<StateMismatchException>(() => Keyed.GetListState(StateDescriptors.List<long>("count")));
        Assert.Throws<StateMismatchException>(() => Keyed.GetMapState(StateDescriptors.Map<long, long>("count")));
        Assert.Throws<StateMismatchException>(() => Keyed.GetReducingState(ReducingStateDescriptor.SumOfInt64("count")));
        Assert.Throws<StateMismatchException>(() => Keyed.GetAggregatingState(AggregatingStateDescriptor.CountOf<long>("count")));
        Assert.Throws<StateMismatchException>(() => Keyed.GetValueState(StateDescriptors.Value<int>("count")));
        Assert.Throws<StateMismatchException>(() => Keyed.GetValueState(StateDescriptors.Value<long>("count"), StateOptions.InNamespaces<long>()));
        Assert.IsAssignableFrom<InvalidOperationException>(Record.Exception(() => Keyed.GetListState(StateDescriptors.List<long>("count"))));
        Assert.Equal(1, state.Value());
    }

    [Fact]
    public void State_OfAnotherTypeOfTheSameFormat_IsRefusedWhileTheFirstIsOpen()
    {
        var array = Keyed.GetValueState(StateDescriptors.Value<byte[]>("bytes"));
        array.Update([1]);
        Assert.Throws<StateMismatchException>(() => Keyed.GetValueState(StateDescriptors.Value<ReadOnlyMemory<byte>>("bytes")));
        Assert.Equal([1], array.Value());
        Reopen();
        Assert.Equal([1], Keyed.GetValueState(StateDescriptors.Value<ReadOnlyMemory<byte>>("bytes")).Value().ToArray());
    }

    [Fact]
    public void Descriptor_OfNothing_IsRefused() => Assert.Throws<ArgumentNullException>(() => Keyed.GetValueState<int>(null!));

    private sealed class ReversingSerializer : ITypeSerializer<string>
    {
        public byte[] Serialize(string obj) => Bytes(new string(obj.Reverse().ToArray()));

        public string Deserialize(byte[] bytes) => new(Text(bytes).Reverse().ToArray());
    }

    private sealed class BrokenSerializer : ITypeSerializer<string>
    {
        public Func<byte[]?>? Failure { get; set; }

        public byte[] Serialize(string obj) => Failure is null ? Bytes(obj) : Failure()!;

        public string Deserialize(byte[] bytes)
        {
            Failure?.Invoke();
            return Text(bytes);
        }
    }
}
