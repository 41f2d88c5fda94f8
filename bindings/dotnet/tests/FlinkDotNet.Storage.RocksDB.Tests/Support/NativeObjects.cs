using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>One live native object of each kind, by the name that parameters have for it.</summary>
internal sealed unsafe class NativeObjects : IDisposable
{
    private readonly Dictionary<string, nint> _tickets = new(StringComparer.Ordinal);

    public NativeObjects(string dataDirectory)
    {
        nint backend, family, snapshot, iterator, view, buffer, resources, error, keyed, state, scan, service, pool, channel, store, checkpoint, exporting, importing;
        var options = OptionsDocument.Open(new RocksDBOptions { DataDirectory = dataDirectory, EnableStatistics = false }, hasSharedResources: false);
        var checkpoints = OptionsDocument.CheckpointStore(dataDirectory + "-checkpoints");
        fixed (byte* json = options, at = checkpoints, name = "default"u8, row = "row"u8, nothing = "{}"u8, map = "{\"name\":\"map\",\"kind\":\"map\"}"u8, ten = "{\"capacity\":10}"u8)
        {
            Check(NativeMethods.fsb_backend_open(json, (nuint)options.Length, 0, &backend, null));
            Check(NativeMethods.fsb_backend_column_family(backend, name, 7, &family, null));
            Check(NativeMethods.fsb_column_family_put(family, row, 3, row, 3, null));
            Check(NativeMethods.fsb_backend_snapshot(backend, &snapshot, null));
            Check(NativeMethods.fsb_column_family_iterator(family, null, &iterator, null));
            Check(NativeMethods.fsb_column_family_get_view(family, 0, row, 3, &view, null));
            Check(NativeMethods.fsb_column_family_get_owned(family, 0, row, 3, &buffer, null));
            Check(NativeMethods.fsb_resources_create(nothing, 2, &resources, null));
            Check(NativeMethods.fsb_keyed_backend_open(backend, null, 0, &keyed, null));
            Check(NativeMethods.fsb_keyed_backend_set_current_key(keyed, row, 3, null, null));
            Check(NativeMethods.fsb_state_open(keyed, map, 27, &state, null));
            Check(NativeMethods.fsb_state_scan_open(state, NativeMethods.FSB_SCAN_ENTRIES, 0, &scan, null));
            Check(NativeMethods.fsb_timer_service_open(keyed, row, 3, &service, null));
            Check(NativeMethods.fsb_credit_pool_create(ten, 15, &pool, null));
            Check(NativeMethods.fsb_credit_channel_open(pool, row, 3, 0, &channel, null));
            Check(NativeMethods.fsb_checkpoint_store_open(at, (nuint)checkpoints.Length, &store, null));
            Check(NativeMethods.fsb_backend_begin_checkpoint(backend, store, 1, 0, 0, &checkpoint, null));
            var report = new fsb_checkpoint_report { struct_size = (uint)sizeof(fsb_checkpoint_report) };
            Check(NativeMethods.fsb_checkpoint_wait(checkpoint, 60_000, &report, null));
            Check(NativeMethods.fsb_backend_export_savepoint(backend, null, 0, &exporting, null));
            Check(NativeMethods.fsb_backend_import_savepoint(backend, null, 0, &importing, null));
            Assert.NotEqual((int)StateBackendStatus.Ok, NativeMethods.fsb_backend_drop_column_family(backend, name, 7, &error));
        }

        Add(("backend", backend), ("family", family), ("snapshot", snapshot), ("iterator", iterator));
        Add(("view", view), ("buffer", buffer), ("resources", resources), ("error", error));
        Add(("keyed", keyed), ("state", state), ("scan", scan), ("service", service));
        Add(("pool", pool), ("channel", channel));
        Add(("store", store), ("checkpoint", checkpoint));
        Add(("exporting", exporting), ("importing", importing));
    }

    /// <summary>Gets the object that a parameter of that name takes, or 0.</summary>
    public nint this[string parameter] => _tickets.GetValueOrDefault(parameter);

    /// <summary>Says whether an object belongs to the backend, which a panic in one of its calls poisons.</summary>
    public static bool BelongsToBackend(string parameter) =>
        parameter is "backend" or "family" or "snapshot" or "iterator" or "view" or "keyed" or "state" or "scan" or "service"
            or "exporting" or "importing";

    public void Dispose()
    {
        Check(NativeMethods.fsb_savepoint_export_free(this["exporting"]));
        Check(NativeMethods.fsb_savepoint_import_free(this["importing"]));
        Check(NativeMethods.fsb_checkpoint_free(this["checkpoint"]));
        Check(NativeMethods.fsb_checkpoint_store_free(this["store"]));
        Check(NativeMethods.fsb_credit_channel_free(this["channel"]));
        Check(NativeMethods.fsb_credit_pool_free(this["pool"]));
        Check(NativeMethods.fsb_timer_service_free(this["service"]));
        Check(NativeMethods.fsb_state_scan_free(this["scan"]));
        Check(NativeMethods.fsb_state_free(this["state"]));
        Check(NativeMethods.fsb_keyed_backend_free(this["keyed"]));
        Check(NativeMethods.fsb_view_free(this["view"]));
        Check(NativeMethods.fsb_iterator_free(this["iterator"]));
        Check(NativeMethods.fsb_snapshot_free(this["snapshot"]));
        Check(NativeMethods.fsb_column_family_free(this["family"]));
        Check(NativeMethods.fsb_buffer_free(this["buffer"]));
        Check(NativeMethods.fsb_error_free(this["error"]));
        Check(NativeMethods.fsb_resources_free(this["resources"]));
        Check(NativeMethods.fsb_backend_free(this["backend"]));
    }

    private static void Check(int status) => Assert.Equal(StateBackendStatus.Ok, (StateBackendStatus)status);

    private void Add(params (string Name, nint Ticket)[] objects)
    {
        foreach (var (name, ticket) in objects) _tickets.Add(name, ticket);
    }
}
