using CsCheck;

namespace FlinkDotNet.Storage.RocksDB.Tests.Properties;

/// <summary>What can be done to keyed state, and to its model.</summary>
internal abstract record KeyedStep
{
    private static readonly Gen<byte[]> Parts = Gen.Byte[0, 2].Select(part => part == 2 ? byte.MaxValue : part).Array[0, 2];

    private static readonly Gen<long> Numbers = Gen.Long[-1000, 1000];

    /// <summary>Steps of a case, without those that take long.</summary>
    public static readonly Gen<KeyedStep> Quick = Gen.Frequency(
        (6, Parts.Select(key => (KeyedStep)new SetKey(key))),
        (3, Parts.Select(name => (KeyedStep)new SetNamespace(name))),
        (6, Gen.Select(Gen.Int[0, 2], Numbers.Nullable(), (which, value) => (KeyedStep)new UpdateValue(which, value))),
        (5, Gen.Select(Gen.Int[0, 1], Numbers.Array[0, 4], Gen.Bool, (which, values, replace) => (KeyedStep)new AddElements(which, values, replace))),
        (5, Gen.Select(Gen.Int[0, 1], Gen.Select(Parts, Numbers.Nullable()).Array[0, 4], (which, entries) => (KeyedStep)new PutEntries(which, entries))),
        (3, Gen.Select(Gen.Int[0, 1], Parts, (which, key) => (KeyedStep)new RemoveEntry(which, key))),
        (2, Gen.Int[0, 1].Select(which => (KeyedStep)new ChangeInScan(which))),
        (5, Gen.Select(Gen.Int[0, 2], Numbers, (which, value) => (KeyedStep)new AddToSum(which, value))),
        (2, Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], (kind, which) => (KeyedStep)new ClearState(kind, which))),
        (2, Gen.Select(Gen.Bool, Parts, Parts.Array[0, 3], (sums, target, sources) => (KeyedStep)new Merge(sums, target, sources))),
        (3, Gen.Int[1, 6].Select(millis => (KeyedStep)new Advance(millis))),
        (1, Gen.Const((KeyedStep)new CheckKeys())));

    /// <summary>Steps of a case with flushes, compactions and reopening.</summary>
    public static readonly Gen<KeyedStep> Thorough = Gen.Frequency(
        (30, Quick),
        (1, Gen.Const((KeyedStep)new Flush())),
        (1, Gen.Const((KeyedStep)new Compact())),
        (1, Gen.Const((KeyedStep)new Reopen())));

    public abstract void Apply(KeyedSubject subject);

    internal sealed record SetKey(byte[] Key) : KeyedStep
    {
        public override void Apply(KeyedSubject subject) => subject.SetKey(Key);
    }

    internal sealed record SetNamespace(byte[] Namespace) : KeyedStep
    {
        public override void Apply(KeyedSubject subject) => subject.SetNamespace(Namespace);
    }

    internal sealed record UpdateValue(int Which, long? Value) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            var name = KeyedSubject.Values[Which];
            if (Value is { } value)
            {
                subject.ValueStates[Which].Update(value);
                subject.WriteHere(name, KeyedModel.Cell.Of(subject.Model.Stamp(value)));
                return;
            }

            subject.ValueStates[Which].Clear();
            subject.ClearHere(name);
        }
    }

    internal sealed record AddElements(int Which, long[] Values, bool Replace) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            var name = KeyedSubject.Lists[Which];
            if (Replace) subject.ListStates[Which].Update(Values);
            else if (Values.Length == 1) subject.ListStates[Which].Add(Values[0]);
            else subject.ListStates[Which].AddAll(Values);
            var before = Replace ? [] : subject.Here(name).Elements;
            subject.WriteHere(name, KeyedModel.Cell.Of([.. before, .. Values.Select(value => subject.Model.Stamp(value))]));
        }
    }

    internal sealed record PutEntries(int Which, (byte[] Key, long? Value)[] Entries) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            var name = KeyedSubject.Maps[Which];
            var distinct = Entries.GroupBy(entry => KeyedSubject.Hex(entry.Key)).ToDictionary(group => group.Key, group => group.Last().Value);
            if (Entries.Length == 1) subject.MapStates[Which].Put(Entries[0].Key, Entries[0].Value);
            else subject.MapStates[Which].PutAll(distinct.ToDictionary(entry => Convert.FromHexString(entry.Key), entry => entry.Value));
            var entries = subject.Here(name).Entries.ToDictionary();
            foreach (var (key, value) in distinct) entries[key] = subject.Model.Stamp(value);
            subject.WriteHere(name, KeyedModel.Cell.OfEntries(entries));
        }
    }

    internal sealed record RemoveEntry(int Which, byte[] Key) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            var name = KeyedSubject.Maps[Which];
            Assert.Equal(subject.Here(name).Entries.ContainsKey(KeyedSubject.Hex(Key)), subject.MapStates[Which].Contains(Key));
            subject.MapStates[Which].Remove(Key);
            subject.WriteHere(name, KeyedModel.Cell.OfEntries(subject.Here(name).Entries.Where(entry => entry.Key != KeyedSubject.Hex(Key))));
        }
    }

    /// <summary>Removes every second entry while it walks over them, and makes nothing of the others.</summary>
    internal sealed record ChangeInScan(int Which) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            var name = KeyedSubject.Maps[Which];
            var number = 0;
            var scan = subject.MapStates[Which].Scan(strict: true);
            while (scan.MoveNext())
            {
                if (number++ % 2 == 0) scan.RemoveCurrent();
                else scan.ReplaceCurrent(null);
            }

            scan.Dispose();
            var kept = subject.Here(name).Entries.Where((_, index) => index % 2 == 1);
            subject.WriteHere(name, KeyedModel.Cell.OfEntries(kept.Select(entry => KeyValuePair.Create(entry.Key, subject.Model.Stamp(null)))));
        }
    }

    internal sealed record AddToSum(int Which, long Value) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            var name = KeyedSubject.Sums[Which];
            subject.SumStates[Which].Add(Value);
            subject.WriteHere(name, KeyedModel.Cell.Of(subject.Model.Stamp(subject.Here(name).Numbers.Sum() + Value)));
        }
    }

    internal sealed record ClearState(int Kind, int Which) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            RocksDBState[] states = Kind switch
            {
                0 => subject.ValueStates,
                1 => subject.ListStates,
                2 => subject.MapStates,
                _ => subject.SumStates,
            };
            var state = states[Which % states.Length];
            state.Clear();
            subject.ClearHere(state.Name);
        }
    }

    internal sealed record Merge(bool Sums, byte[] Target, byte[][] Sources) : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            if (Sums)
            {
                for (var index = 0; index < 2; index++) subject.SumStates[index].MergeNamespaces(Target, Sources);
                foreach (var name in KeyedSubject.Sums[..2]) MergeModel(subject, name, all => [subject.Model.Stamp(all.Sum(element => element.Value))]);
                return;
            }

            subject.ListStates[0].MergeNamespaces(Target, Sources);
            MergeModel(subject, KeyedSubject.Lists[0], all => all);
        }

        private void MergeModel(KeyedSubject subject, string name, Func<List<KeyedModel.Timed>, List<KeyedModel.Timed>> merge)
        {
            var sources = Sources.DistinctBy(KeyedSubject.Hex).Where(source => KeyedSubject.Hex(source) != KeyedSubject.Hex(Target)).ToList();
            var all = sources.Prepend(Target).SelectMany(source => subject.At(name, source).Elements).ToList();
            foreach (var source in sources) subject.WriteAt(name, source, KeyedModel.Cell.Of());
            if (all.Count > 0) subject.WriteAt(name, Target, KeyedModel.Cell.Of([.. merge(all)]));
        }
    }

    internal sealed record Advance(int Millis) : KeyedStep
    {
        public override void Apply(KeyedSubject subject) => subject.Advance(Millis);
    }

    internal sealed record CheckKeys : KeyedStep
    {
        public override void Apply(KeyedSubject subject)
        {
            foreach (var name in new[] { "value", "list ttl", "map", "sum ttl" }) subject.AssertKeys(name);
        }
    }

    internal sealed record Flush : KeyedStep
    {
        public override void Apply(KeyedSubject subject) => subject.Backend.Flush();
    }

    internal sealed record Compact : KeyedStep
    {
        public override void Apply(KeyedSubject subject) => subject.Compact();
    }

    internal sealed record Reopen : KeyedStep
    {
        public override void Apply(KeyedSubject subject) => subject.Reopen();
    }
}
