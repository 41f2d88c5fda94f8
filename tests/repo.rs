//! Gates of the repository: what the built library exports, links and carries, what the header says, and which ring may know what.

mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tree::{library, read, root, run};

const HEADER: &str = "include/flink_state_backend.h";
const LARGEST_LIBRARY_BYTES: u64 = 10 * 1024 * 1024;
/// What glibc sets aside in every thread for libraries that are loaded late.
const LARGEST_THREAD_LOCAL_BYTES: u64 = 1664;
/// The C library and its parts, nothing else: no C++ runtime, no unwinder, no compression library.
const MAY_BE_NEEDED: [&str; 8] = [
    "libc.so.6",
    "libm.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
];

#[test]
fn library_exports_exactly_the_functions_of_the_header() {
    let exported: BTreeSet<String> = exported_symbols().into_iter().map(|(name, _)| name).collect();
    let declared: BTreeSet<String> = header_functions().into_iter().map(|function| function.name).collect();
    assert!(declared.len() > 40, "the header declares only {} functions", declared.len());
    assert_eq!(
        (declared.difference(&exported).collect::<Vec<_>>(), exported.difference(&declared).collect::<Vec<_>>()),
        (vec![], vec![]),
        "(declared but not exported, exported but not declared)"
    );
}

#[test]
fn library_exports_plain_functions_only() {
    let others: Vec<_> = exported_symbols().into_iter().filter(|(_, kind)| kind != "T").collect();
    assert!(others.is_empty(), "neither data nor unique or weak symbols may be exported: {others:?}");
}

#[test]
fn library_needs_the_c_library_only() {
    let needed: Vec<String> =
        dynamic_section().lines().filter(|line| line.contains("(NEEDED)")).map(bracketed).collect();
    assert!(needed.iter().any(|name| name == "libc.so.6"), "the C library is missing in {needed:?}");
    let foreign: Vec<_> = needed.iter().filter(|name| !MAY_BE_NEEDED.contains(&name.as_str())).collect();
    assert!(foreign.is_empty(), "linked against {foreign:?}");
}

#[test]
fn library_has_a_name_and_stays_loaded() {
    let dynamic = dynamic_section();
    let name = dynamic.lines().find(|line| line.contains("(SONAME)")).map(bracketed);
    assert_eq!(name.as_deref(), Some("libflink_state_backend.so"));
    assert!(dynamic.contains("NODELETE"), "the engine's threads outlive a dlclose: link with -z nodelete");
}

#[test]
fn library_is_hardened() {
    let dynamic = dynamic_section();
    let segments = readelf(&["-lW"], &library());
    assert!(segments.contains("GNU_RELRO"), "no RELRO segment");
    assert!(dynamic.contains("NOW"), "RELRO is partial without -z now");
    let stack = segments.lines().find(|line| line.contains("GNU_STACK")).expect("the library declares its stack");
    assert!(!stack.contains("RWE"), "the stack is executable: {stack}");
    for unwanted in ["(RPATH)", "(RUNPATH)", "TEXTREL"] {
        assert!(!dynamic.contains(unwanted), "the dynamic section has {unwanted}");
    }
}

#[test]
fn library_can_be_loaded_late() {
    assert!(!dynamic_section().contains("STATIC_TLS"), "initial-exec thread-locals fail in a late dlopen");
    let segments = readelf(&["-lW"], &library());
    let bytes = segments.lines().find(|line| line.trim_start().starts_with("TLS ")).map_or(0, |line| {
        let size = line.split_whitespace().nth(5).expect("a segment line has a size in memory");
        u64::from_str_radix(size.trim_start_matches("0x"), 16).expect("sizes are hexadecimal")
    });
    assert!(bytes <= LARGEST_THREAD_LOCAL_BYTES, "{bytes} bytes of thread-local storage");
}

#[test]
fn library_is_small() {
    let bytes = fs::metadata(library()).expect("the library is readable").len();
    assert!(bytes <= LARGEST_LIBRARY_BYTES, "{bytes} bytes, more than {LARGEST_LIBRARY_BYTES}");
}

/// Without `-DNPERF_CONTEXT` RocksDB's perf context is thread-local, which costs a shared library 5-25 %.
#[test]
fn engine_was_built_without_its_thread_local_perf_context() {
    let symbols = readelf(&["-sW"], &library().with_extension("a"));
    let defined: Vec<&str> = symbols
        .lines()
        .filter(|line| line.ends_with("_ZN7rocksdb12perf_contextE") && !line.contains(" UND "))
        .collect();
    assert!(!defined.is_empty(), "the engine's perf context was not found in the static library");
    assert!(defined.iter().all(|line| line.contains(" OBJECT ")), "thread-local: {defined:?}");
}

#[test]
fn engine_built_from_source_gets_the_same_flag() {
    let config = read(".cargo/config.toml");
    let flags: Vec<&str> = config.lines().filter(|line| line.starts_with("CXXFLAGS_")).collect();
    let triple = format!("CXXFLAGS_{}_unknown_linux_gnu", std::env::consts::ARCH);
    assert!(flags.iter().any(|line| line.starts_with(&triple)), "{triple} is not set");
    let without: Vec<_> = flags.iter().filter(|line| !line.contains("DNPERF_CONTEXT")).collect();
    assert!(without.is_empty(), "these targets lack -DNPERF_CONTEXT: {without:?}");
}

#[test]
fn header_documents_every_function() {
    let bare: Vec<String> =
        header_functions().into_iter().filter(|function| !function.documented).map(|function| function.name).collect();
    assert!(bare.is_empty(), "functions without a comment: {bare:?}");
}

#[test]
fn header_declares_every_function_once() {
    let mut names: Vec<String> = header_functions().into_iter().map(|function| function.name).collect();
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(twice.is_empty(), "declared more than once: {twice:?}");
}

#[test]
fn header_names_carry_the_prefix() {
    let strangers: Vec<String> =
        header_functions().into_iter().map(|function| function.name).filter(|name| !name.starts_with("fsb_")).collect();
    assert!(strangers.is_empty(), "functions without the prefix fsb_: {strangers:?}");
}

#[test]
fn unsafe_code_stays_in_its_two_rings() {
    let outside = lines_of_sources(|path| !path.starts_with("src/ffi") && !path.starts_with("src/db/engine"))
        .filter(|(_, line)| line.contains("unsafe {") || line.contains("unsafe fn") || line.contains("unsafe impl"));
    assert_none(outside, "unsafe belongs into src/ffi and src/db/engine only");
}

#[test]
fn dependencies_point_downwards() {
    let knows_ffi = lines_of_sources(|path| !path.starts_with("src/ffi")).filter(|(_, line)| line.contains("ffi::"));
    assert_none(
        knows_ffi.filter(|(_, line)| line.contains("crate::") || line.contains("super::")),
        "no ring may know src/ffi",
    );
    let names_engine = lines_of_sources(|path| !path.starts_with("src/db"))
        .filter(|(_, line)| line.contains("librocksdb_sys") || line.contains("rocksdb::"));
    assert_none(names_engine, "only src/db may name the engine");
}

/// A function of the header, and whether a comment ends on the line above it.
struct Function {
    name: String,
    documented: bool,
}

/// The declarations of the header: top-level statements that have a parameter list and are no types.
fn header_functions() -> Vec<Function> {
    let header = read(HEADER);
    let lines: Vec<&str> = header.lines().collect();
    let starts_function = |line: &str| {
        line.starts_with(|first: char| first.is_ascii_lowercase())
            && line.contains('(')
            && !["typedef", "extern", "struct", "enum"].iter().any(|word| line.starts_with(word))
    };
    let found = lines.iter().enumerate().filter(|(_, line)| starts_function(line));
    found
        .map(|(at, line)| Function { name: function_name(line), documented: at > 0 && lines[at - 1].ends_with("*/") })
        .collect()
}

/// The word before the parameter list.
fn function_name(line: &str) -> String {
    let before = line.split('(').next().expect("a split has a first part");
    let word = before.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next();
    word.expect("a split has a last part").to_owned()
}

/// Name and kind, in the letters of `nm`, of every symbol that the library defines for others.
fn exported_symbols() -> Vec<(String, String)> {
    let text = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library()));
    let symbol = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[2].to_owned(), words[1].to_owned())
    };
    text.lines().map(symbol).collect()
}

fn dynamic_section() -> String {
    readelf(&["-dW"], &library())
}

/// The text between brackets of a line of the dynamic section: `(NEEDED) Shared library: [libc.so.6]`.
fn bracketed(line: &str) -> String {
    line.split(['[', ']']).nth(1).expect("names stand in brackets").to_owned()
}

fn readelf(arguments: &[&str], file: &Path) -> String {
    run(Command::new("readelf").args(arguments).arg(file))
}

/// Every trimmed line, comments apart, of the Rust sources that `wanted` picks by their path from the root.
fn lines_of_sources(wanted: impl Fn(&Path) -> bool) -> impl Iterator<Item = (PathBuf, String)> {
    let files: Vec<PathBuf> = rust_files(&root().join("src")).into_iter().filter(|path| wanted(path)).collect();
    assert!(!files.is_empty(), "no source file was found");
    files.into_iter().flat_map(|path| {
        let text = read(&path);
        let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//")).map(str::to_owned);
        code.map(|line| (path.clone(), line)).collect::<Vec<_>>()
    })
}

/// All Rust files below a folder, as paths from the root.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => rust_files(&path),
            false => vec![path.strip_prefix(root()).expect("sources lie below the root").to_owned()],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn assert_none(lines: impl Iterator<Item = (PathBuf, String)>, rule: &str) {
    let found: Vec<String> = lines.map(|(path, line)| format!("{}: {line}", path.display())).collect();
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}
