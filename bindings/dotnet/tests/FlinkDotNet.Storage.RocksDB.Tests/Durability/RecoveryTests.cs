using System.Buffers.Binary;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FlinkDotNet.Storage.RocksDB.Tests.Durability;

public sealed class RecoveryTests : BackendTest
{
    [Fact]
    public void Reopen_AfterAnOrderlyClose_HasEverything()
    {
        Fill(flush: false);
        using var backend = Open();
        Assert.Equal("value of 999", Text(backend.ColumnFamily("user_state").Get("999"u8)));
        Assert.False(backend.Recovery.HasDropped);
        Assert.True(backend.Recovery.LastSequence >= 1000);
    }

    [Fact]
    public void Reopen_AfterAKill_HasWhatWasAcknowledged()
    {
        using var holder = StateHolderProcess.Start(DataDirectory);
        var last = holder.KillAfter(2000);
        using var backend = Open();
        var expected = 0;
        foreach (var row in backend.ColumnFamily("default").Scan()) Assert.Equal(expected++, BinaryPrimitives.ReadInt32BigEndian(row.Key));
        Assert.True(expected > last, $"Row {last} was acknowledged, but only {expected} rows came back.");
    }

    [Fact]
    public void Open_WithADamagedWal_DropsItsTailAndSaysSo()
    {
        using var holder = StateHolderProcess.Start(DataDirectory);
        holder.KillAfter(2000);
        var log = Directory.EnumerateFiles(DataDirectory, "*.log").Max(StringComparer.Ordinal)!;
        Damage(log, new FileInfo(log).Length / 2);
        using (var backend = Open())
        {
            Assert.True(backend.Recovery.HasDropped);
            Assert.True(backend.Recovery.WalDroppedBytes > 0);
            Assert.Contains(Logger.Entries, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("dropped"));
            var expected = 0;
            foreach (var row in backend.ColumnFamily("default").Scan()) Assert.Equal(expected++, BinaryPrimitives.ReadInt32BigEndian(row.Key));
            Assert.InRange(expected, 100, 1999);
        }
    }

    [Fact]
    public void Open_WithADamagedWalAndAbsoluteRecovery_IsRefused()
    {
        using var holder = StateHolderProcess.Start(DataDirectory);
        holder.KillAfter(2000);
        var log = Directory.EnumerateFiles(DataDirectory, "*.log").Max(StringComparer.Ordinal)!;
        Damage(log, new FileInfo(log).Length / 2);
        var options = Options();
        options.WalRecovery = WalRecoveryMode.Absolute;
        OpenFailure<StateBackendCorruptionException>(options);
    }

    [Fact]
    public void Open_WithADamagedCurrent_IsRefused()
    {
        Fill(flush: true);
        File.WriteAllText(Path.Combine(DataDirectory, "CURRENT"), "MANIFEST-nonsense\n");
        AssertRefusedAsDamaged();
    }

    [Fact]
    public void Open_WithoutCurrent_IsRefusedInsteadOfServingNothing()
    {
        Fill(flush: true);
        File.Delete(Path.Combine(DataDirectory, "CURRENT"));
        AssertRefusedAsDamaged();
    }

    [Fact]
    public void Open_WithADamagedManifest_IsRefused()
    {
        Fill(flush: true);
        var manifest = Directory.EnumerateFiles(DataDirectory, "MANIFEST-*").Single();
        Damage(manifest, 30);
        AssertRefusedAsDamaged();
    }

    [Fact]
    public void Open_WithATruncatedManifest_IsRefused()
    {
        Fill(flush: true);
        var manifest = Directory.EnumerateFiles(DataDirectory, "MANIFEST-*").Single();
        using (var file = File.OpenWrite(manifest)) file.SetLength(file.Length / 2);
        AssertRefusedAsDamaged();
    }

    [Fact]
    public void Open_WithoutATable_IsRefused()
    {
        Fill(flush: true);
        File.Delete(Directory.EnumerateFiles(DataDirectory, "*.sst").First());
        AssertRefusedAsDamaged();
    }

    [Fact]
    public void Read_OfADamagedTable_IsRefusedByName()
    {
        Fill(flush: true);
        var table = Directory.EnumerateFiles(DataDirectory, "*.sst").First();
        Damage(table, 100);
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        var failure = Assert.Throws<StateBackendCorruptionException>(() => family.Get("100"u8));
        Assert.Equal(StateBackendStatus.Corruption, failure.Status);
        Assert.NotNull(failure.EngineCode);
        Assert.Throws<StateBackendCorruptionException>(() => ReadAll(family));
        Assert.Throws<StateBackendCorruptionException>(backend.VerifyChecksums);
    }

    private static void ReadAll(RocksDBColumnFamily family)
    {
        foreach (var row in family.Scan()) Assert.False(row.Key.IsEmpty);
    }

    private static void Damage(string path, long offset)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        var bytes = new byte[16];
        file.ReadExactly(bytes);
        file.Position = offset;
        file.Write(bytes.Select(value => (byte)~value).ToArray());
    }

    private void Fill(bool flush)
    {
        using var backend = Open();
        var family = backend.ColumnFamily("user_state");
        for (var number = 0; number < 1000; number++) family.Put(Bytes($"{number}"), Bytes($"value of {number}"));
        if (flush) backend.Flush();
    }

    private void AssertRefusedAsDamaged()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Open());
        Assert.True(
            failure.InnerException is StateBackendCorruptionException or StateBackendDataLossException,
            $"The folder was refused with {failure.InnerException}.");
    }
}
