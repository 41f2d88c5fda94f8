# Table and goals of plain column families: see summary.awk.
BEGIN {
  field_count = split("ours_ns raw_c_ns csharp_ns rocksdbsharp_ns csharp_allocated_bytes control_ns", fields)
  name_count = split("boundary get_hit get_miss exists multi_get_100 scan_1m put put_wal_disabled batch_1000 batch_1000_wal_disabled", names)
  set_goals()
}

# Least throughput as a share of the other side's. The boundary has a most in nanoseconds, and no row may allocate in C#.
function set_goals(  at, count, list) {
  count = split("get_hit multi_get_100 scan_1m put put_wal_disabled batch_1000 batch_1000_wal_disabled", list)
  for (at = 1; at <= count; at++) { goal["ours", list[at]] = 0.97; goal["csharp", list[at]] = 0.90 }
  goal["csharp", "scan_1m"] = 0.80
  for (at = 2; at <= name_count; at++) goal["peer", names[at]] = 1.00
  goal["peer", "get_hit"] = 1.10; goal["peer", "get_miss"] = 1.30; goal["peer", "scan_1m"] = 1.40
  goal["peer", "put"] = goal["peer", "put_wal_disabled"] = 1.15
}

function print_table(  row) {
  printf "%-24s %8s %8s %8s %12s  %-12s %-12s %-12s %-15s %s\n", "operation, ns each", "ours", "raw C", "C#", "RocksDbSharp", "ours/raw",
    "C#/raw", "C#/RocksDbSharp", "C# bytes", has_control() ? "control/raw" : ""
  for (row = 1; row <= name_count; row++) print_row(names[row])
  printf "%d goals met, %d missed; ratios are throughput, more is faster\n", met, missed
}

function print_row(name) {
  printf "%-24s %8s %8s %8s %12s  ", name, shown(name, "ours_ns"), shown(name, "raw_c_ns"), shown(name, "csharp_ns"), shown(name, "rocksdbsharp_ns")
  if (name == "boundary") printf "%-12s %-12s %-15s ", at_most(name, "ours_ns", 25), at_most(name, "csharp_ns", 60), "-"
  else
    printf "%-12s %-12s %-15s ", ratio(name, "ours", "ours_ns", "raw_c_ns"), ratio(name, "csharp", "csharp_ns", "raw_c_ns"),
      ratio(name, "peer", "csharp_ns", "rocksdbsharp_ns")
  printf "%-12s %s\n", at_most(name, "csharp_allocated_bytes", 0), has_control() ? ratio(name, "control", "control_ns", "raw_c_ns") : ""
}

function has_control() {
  return figure["get_hit", "control_ns"] != ""
}
