# Merges what the processes of one benchmark run printed, one JSON object per row and line and one file per process, into the summary
# and a table. Usage: awk -v summary=FILE -f summary.awk -f TABLE FILES...
# TABLE is summary-plain.awk or summary-keyed.awk: it names rows and fields, knows the goals and prints the table.
# Processes differ more than the sides within one (where memory lies, what the machine does), so ratios are taken within a process: the
# raw figure is the median over the processes, and the figure of another side is that times the median of its ratios to raw.
{
  name = text_of("name")
  raw = number_of("raw_c_ns")
  if (raw != "") raw_of[name] = 1
  for (at = 1; at <= field_count; at++) keep(name, fields[at])
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
  return raw_of[name] && field ~ /_ns$/ && field != "raw_c_ns"
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
  }
  write_summary()
  print_table()
}

function write_summary(  row, at, value, line) {
  print "[" > summary
  for (row = 1; row <= name_count; row++) {
    line = "  {\"name\": \"" names[row] "\""
    for (at = 1; at <= field_count; at++) {
      if (fields[at] == "control_ns") continue
      value = figure[names[row], fields[at]]
      line = line ", \"" fields[at] "\": " (value == "" ? "null" : sprintf("%.2f", value))
    }
    print line "}" (row < name_count ? "," : "") > summary
  }
  print "]" > summary
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
