# Table and goals of keyed state: see summary.awk. `without` is our side without the row cache, or without a ttl.
BEGIN {
  field_count = split("ours_ns raw_c_ns csharp_ns ours_without_ns csharp_allocated_bytes bound_bytes reported_bytes measured_bytes", fields)
  name_count = split("value_get value_get_hot value_update value_update_hot value_get_update_hot value_add reducing_add reducing_add_hot " \
    "list_get list_get_iterate_100 list_add list_add_all_100 list_update map_get map_contains map_put map_put_all_10 map_is_empty map_keys " \
    "map_iterate map_iterate_100k timers_soon timers_1m_waiting value_get_ttl value_get_ttl_hot value_get_ttl_read_hot list_get_ttl " \
    "map_get_ttl cache_zipf_get_update cache_uniform_get cache_uniform_get_update cache_memory", names)
  set_goals()
}

# Least throughput as a share of raw or of our side without, and most nanoseconds. No row may allocate in C#.
function set_goals(  at, count, list) {
  goal["ours", "value_get_update_hot"] = 10
  goal["ours", "cache_zipf_get_update"] = 2.5
  count = split("value_get_ttl list_get_ttl map_get_ttl cache_uniform_get cache_uniform_get_update", list)
  for (at = 1; at <= count; at++) goal["without", list[at]] = 0.95
  most["csharp_ns", "map_iterate_100k"] = 500
  most["ours_ns", "timers_soon"] = most["ours_ns", "timers_1m_waiting"] = 2000
  for (at = 1; at < name_count; at++) most["csharp_allocated_bytes", names[at]] = 0
}

function print_table(  row) {
  printf "%-26s %-15s %8s %-15s %8s  %-14s %-9s %-14s %s\n", "operation, ns each", "ours", "raw C", "C#", "without", "ours/raw", "C#/raw",
    "ours/without", "C# bytes"
  for (row = 1; row < name_count; row++) print_row(names[row])
  print_memory()
  printf "%d goals met, %d missed; ratios are throughput, more is faster\n", met, missed
}

function print_row(name) {
  printf "%-26s %-15s %8s %-15s %8s  ", name, limited(name, "ours_ns"), shown(name, "raw_c_ns"), limited(name, "csharp_ns"), shown(name, "ours_without_ns")
  printf "%-14s %-9s %-14s %s\n", ratio(name, "ours", "ours_ns", "raw_c_ns"), ratio(name, "csharp", "csharp_ns", "raw_c_ns"),
    ratio(name, "without", "ours_ns", "ours_without_ns"), limited(name, "csharp_allocated_bytes")
}

function limited(name, field) {
  return (field, name) in most ? at_most(name, field, most[field, name]) : shown(name, field)
}

function print_memory(  name, bound) {
  name = "cache_memory"
  bound = figure[name, "bound_bytes"]
  printf "%-26s bound %d, reported %d, measured %d bytes%s\n", name, bound, figure[name, "reported_bytes"], figure[name, "measured_bytes"],
    verdict(figure[name, "measured_bytes"] <= 1.05 * bound)
}
