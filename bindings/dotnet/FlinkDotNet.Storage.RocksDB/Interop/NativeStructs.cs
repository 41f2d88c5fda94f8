using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

// The structs of include/flink_state_backend.h under their own names, field by field.

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fsb_error_details
{
    public uint struct_size;
    public int status;
    public int engine_code;
    public int engine_subcode;
    public int engine_severity;
    public byte is_transient;
    public fixed byte reserved[3];
    public byte* message;
    public nuint message_length;
}

[StructLayout(LayoutKind.Sequential)]
internal struct fsb_live_objects
{
    public uint struct_size;
    public uint reserved;
    public ulong backends;
    public ulong column_families;
    public ulong iterators;
    public ulong snapshots;
    public ulong resources;
    public ulong buffers;
    public ulong views;
    public ulong errors;
    public ulong keyed_backends;
    public ulong states;
    public ulong state_scans;
    public ulong timer_services;
    public ulong credit_pools;
    public ulong credit_channels;
    public ulong checkpoint_stores;
    public ulong checkpoints;
    public ulong savepoint_exports;
    public ulong savepoint_imports;
}

[StructLayout(LayoutKind.Sequential)]
internal struct fsb_checkpoint_report
{
    public uint struct_size;
    public uint reserved;
    public ulong id;
    public ulong sync_micros;
    public ulong async_micros;
    public ulong new_bytes;
    public ulong total_bytes;
    public ulong new_files;
    public ulong total_files;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fsb_checkpoint_progress
{
    public uint struct_size;
    public byte is_ended;
    public fixed byte reserved[3];
    public ulong id;
    public ulong done_bytes;
    public ulong total_bytes;
    public ulong done_files;
    public ulong total_files;
}

[StructLayout(LayoutKind.Sequential)]
internal struct fsb_credit_completion
{
    public ulong number;
    public ulong credits;
    public int status;
    public uint reserved;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fsb_credit_figures
{
    public uint struct_size;
    public byte is_probing;
    public fixed byte reserved[3];
    public ulong capacity;
    public ulong limit;
    public ulong outstanding;
    public ulong waiting_credits;
    public ulong waiting_calls;
    public double queue_wait_millis;
    public ulong channels;
    public ulong granted_credits;
    public ulong granted_calls;
    public ulong refused_calls;
    public ulong timed_out_calls;
    public ulong cancelled_calls;
    public ulong congestions;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fsb_iterator_options
{
    public uint struct_size;
    public byte fill_cache;
    public fixed byte reserved[3];
    public nint snapshot;
    public byte* lower;
    public nuint lower_length;
    public byte* upper;
    public nuint upper_length;
    public byte* prefix;
    public nuint prefix_length;
}

[StructLayout(LayoutKind.Sequential)]
internal struct fsb_recovery
{
    public uint struct_size;
    public uint reserved;
    public ulong last_sequence;
    public ulong wal_dropped_bytes;
    public ulong wal_dropped_records;
    public ulong recorded_sequence;
}

[StructLayout(LayoutKind.Sequential)]
internal struct fsb_statistics
{
    public uint struct_size;
    public uint window_millis;
    public ulong memory_usage_bytes;
    public ulong block_cache_usage_bytes;
    public ulong block_cache_pinned_bytes;
    public ulong block_cache_capacity_bytes;
    public ulong memtable_bytes;
    public ulong table_reader_bytes;
    public ulong disk_usage_bytes;
    public ulong sst_bytes;
    public ulong blob_bytes;
    public ulong wal_bytes;
    public ulong pending_compaction_bytes;
    public ulong rows_written;
    public ulong rows_read;
    public double writes_per_second;
    public double reads_per_second;
    public double average_write_latency_ms;
    public double p50_write_latency_ms;
    public double p99_write_latency_ms;
    public double max_write_latency_ms;
    public double average_read_latency_ms;
    public double p50_read_latency_ms;
    public double p99_read_latency_ms;
    public double max_read_latency_ms;
    public double cpu_usage_percent;
    public ulong write_stopped;
    public ulong delayed_write_rate_bytes_per_second;
    public ulong level0_file_count;
    public ulong immutable_memtable_count;
    public ulong running_flushes;
    public ulong running_compactions;
    public ulong ttl_dropped_rows;
    public ulong ttl_dropped_bytes;
    public ulong row_cache_bytes;
    public ulong row_cache_capacity_bytes;
    public ulong row_cache_hits;
    public ulong row_cache_misses;
    public ulong uncharged_memtable_bytes;
    public ulong timer_bytes;
    public ulong pending_flushes;
    public ulong pending_compactions;
    public ulong completed_flushes;
    public ulong completed_compactions;
    public ulong sealed_memtables;
    public double mean_flush_ms;
    public ulong stall_count;
    public ulong stall_micros;
    public ulong stop_count;
    public ulong stop_micros;
    public ulong write_wait_micros;
    public double busy_ms_per_second;
    public double idle_ms_per_second;
    public double back_pressured_ms_per_second;
    public ulong completed_checkpoints;
    public ulong failed_checkpoints;
    public ulong last_checkpoint_id;
    public ulong last_checkpoint_sync_micros;
    public ulong last_checkpoint_async_micros;
    public ulong last_checkpoint_new_bytes;
    public ulong last_checkpoint_total_bytes;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fsb_timer_query
{
    public uint struct_size;
    public byte time;
    public byte remove;
    public byte has_key;
    public byte has_namespace;
    public long up_to;
    public byte* key;
    public nuint key_length;
    public byte* name_space;
    public nuint name_space_length;
    public int* hash;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct fsb_pressure
{
    public uint struct_size;
    public uint description;
    public double level;
    public double effective;
    public double memory_share;
    public double write_latency_share;
    public double compaction_share;
    public double immutable_memtable_share;
    public double level0_share;
    public double pending_compaction_share;
    public double queue_wait_share;
    public double throttle_delay_ms;
    public double mean_flush_ms;
    public uint warnings;
    public byte write_stopped;
    public byte write_delayed;
    public fixed byte reserved[2];
}

[StructLayout(LayoutKind.Sequential)]
internal struct fsb_histogram
{
    public uint struct_size;
    public uint reserved;
    public ulong count;
    public ulong sum;
    public double average;
    public double standard_deviation;
    public double min;
    public double p50;
    public double p95;
    public double p99;
    public double max;
}
