# Merges what the processes of one benchmark run printed, one JSON object per row and line and one file per process, into the summary
# and a table. Usage: awk -v summary=FILE -f summary.awk FILES...
# Processes differ more than the sides within one (where memory lies, what the machine does), so ratios are taken within a process: the
# raw figure is the median over the processes, and the figure of another side is that times the median of its ratios to raw.
BEGIN {
  field_count = split("ours_ns raw_c_ns csharp_ns rocksdbsharp_ns csharp_allocated_bytes", fields)
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

{
  name = text_of("name")
  raw = number_of("raw_c_ns")
  for (at = 1; at <= field_count; at++) keep(name, fields[at])
  keep(name, "control_ns")
}

function text_of(field) {
  return match($0, "\"" field "\":\"[^\"]*\"") ? substr($0, RSTART + length(field) + 4, RLENGTH - length(field) - 5) : ""
}

function number_of(field) {
  return match($0, "\"" field "\":[-0-9.]+") ? substr($0, RSTART + length(field) + 3, RLENGTH - length(field) - 3) + 0 : ""
}

function keep(name, field,  key, value) {
  value = number_of(field)
  if (value == "") return
  key = name SUBSEP field
  samples[key, ++sample_count[key]] = is_relative(name, field) ? value / raw : value
}

function is_relative(name, field) {
  return name != "boundary" && field ~ /_ns$/ && field != "raw_c_ns"
}

# Insertion sort, then the middle: POSIX awk has no sort.
function median(name, field,  key, count, at, before, value, list) {
  key = name SUBSEP field
  count = sample_count[key]
  for (at = 1; at <= count; at++) {
    value = samples[key, at]
    for (before = at - 1; before > 0 && list[before] > value; before--) list[before + 1] = list[before]
    list[before + 1] = value
  }
  if (!count) return ""
  return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
}

function conclude(name, field,  value) {
  value = median(name, field)
  return value != "" && is_relative(name, field) ? value * median(name, "raw_c_ns") : value
}

END {
  for (row = 1; row <= name_count; row++) {
    for (at = 1; at <= field_count; at++) figure[names[row], fields[at]] = conclude(names[row], fields[at])
    figure[names[row], "control_ns"] = conclude(names[row], "control_ns")
  }
  write_summary()
  print_table()
}

function write_summary(  row, at, value, line) {
  print "[" > summary
  for (row = 1; row <= name_count; row++) {
    line = "  {\"name\": \"" names[row] "\""
    for (at = 1; at <= field_count; at++) {
      value = figure[names[row], fields[at]]
      line = line ", \"" fields[at] "\": " (value == "" ? "null" : sprintf("%.2f", value))
    }
    print line "}" (row < name_count ? "," : "") > summary
  }
  print "]" > summary
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

function shown(name, field,  value) {
  value = figure[name, field]
  return value == "" ? "-" : sprintf(value < 1000 ? "%.1f" : "%.0f", value)
}

# Throughput of one side as a share of another's.
function ratio(name, kind, own, other,  value) {
  if (figure[name, own] == "" || figure[name, other] == "") return "-"
  value = figure[name, other] / figure[name, own]
  return sprintf("%.3f", value) ((kind, name) in goal ? verdict(value >= goal[kind, name]) : "")
}

function at_most(name, field, limit) {
  return figure[name, field] == "" ? "-" : shown(name, field) verdict(figure[name, field] <= limit)
}

function verdict(is_met) {
  if (is_met) met++; else missed++
  return is_met ? " met" : " MISSED"
}
