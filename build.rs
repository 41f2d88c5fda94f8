//! Compiles the C++ shim over RocksDB, links the C++ runtime statically where that is possible, and writes the C header.
//! With `CI` or `FSB_CHECK_HEADER` set the header is compared instead, and a difference fails the build.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const HEADER: &str = "include/flink_state_backend.h";
const SHIM: &str = "src/db/engine/shim.cc";
const LEFT_OUT: &str = "src/db/engine/left_out.inc";

fn main() {
    // IMPORTANT: the search path comes first, so that the static runtime wins over the system's shared one.
    link_runtime_statically();
    compile_shim();
    link_library();
    write_header();
}

/// Compiles the shim with the same language level and visibility as the engine.
fn compile_shim() {
    println!("cargo:rerun-if-changed={SHIM}");
    println!("cargo:rerun-if-changed={LEFT_OUT}");
    let engine = PathBuf::from(env::var("DEP_ROCKSDB_CARGO_MANIFEST_DIR").expect("librocksdb-sys names its folder"));
    let mut build = cc::Build::new();
    build.cpp(true).std("c++20").include(engine.join("rocksdb/include")).file(SHIM);
    build.define("NDEBUG", None).opt_level(3);
    build.flag_if_supported("-Wno-unused-parameter");
    if !is_windows() {
        build.define("ROCKSDB_PLATFORM_POSIX", None).flag("-fvisibility=hidden");
    }
    if env::var_os("CARGO_FEATURE_INSPECT").is_some() {
        build.define("FSB_INSPECT", None);
    }
    build.compile("fsb_engine_shim");
}

fn is_windows() -> bool {
    env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "windows")
}

/// Puts a folder that holds only the static C++ runtime in front of the library search path: `-lstdc++` and `-lgcc_s` then find
/// archives, and the shared library runs on machines without, or with an older, libstdc++.
fn link_runtime_statically() {
    let linux_gnu = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux")
        && env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|abi| abi == "gnu");
    if !linux_gnu {
        return;
    }
    let folder = out_dir().join("static-runtime");
    fs::create_dir_all(&folder).expect("the build folder is writable");
    let compiler = cc::Build::new().cpp(true).get_compiler();
    for (archive, wanted_as) in [("libstdc++.a", "libstdc++.a"), ("libgcc_eh.a", "libgcc_s.a")] {
        if let Some(found) = find_archive(compiler.path(), archive) {
            fs::copy(found, folder.join(wanted_as)).expect("the build folder is writable");
        }
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
}

/// Asks the compiler where an archive of its own is; it answers with the bare name when it has none.
fn find_archive(compiler: &Path, name: &str) -> Option<PathBuf> {
    let output = Command::new(compiler).arg(format!("-print-file-name={name}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path)
}

/// Flags of the shared library: it stays loaded (the engine's threads and thread-locals outlive a dlclose) and has a name.
fn link_library() {
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libflink_state_backend.so");
    }
    if links_with_lld() {
        // Folds functions with the same code: 3 % of the library. Nothing here compares addresses of functions.
        println!("cargo:rustc-cdylib-link-arg=-Wl,--icf=all");
        if loader_unpacks_relocations() {
            // Relative relocations as a bit map: another 3 %.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// Whether the C library here is glibc 2.36 or later, whose loader reads packed relative relocations. A library linked against it asks for
/// as much anyway.
fn loader_unpacks_relocations() -> bool {
    let Ok(output) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else { return false };
    let answer = String::from_utf8_lossy(&output.stdout);
    let version = answer.trim().strip_prefix("glibc 2.").and_then(|minor| minor.parse().ok());
    env::var("HOST") == env::var("TARGET") && version.is_some_and(|minor: u32| minor >= 36)
}

/// Whether rustc links with its own lld, which since 1.90 it does for this target unless told otherwise.
fn links_with_lld() -> bool {
    let told_otherwise = |flags: String| ["linker", "fuse-ld"].iter().any(|flag| flags.contains(flag));
    env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu")
        && env::var_os("RUSTC_LINKER").is_none()
        && !env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(told_otherwise)
}

/// Generates the header and writes it when it differs, or fails when differences are forbidden.
fn write_header() {
    println!("cargo:rerun-if-changed=src/ffi");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed={HEADER}");
    println!("cargo:rerun-if-env-changed=FSB_CHECK_HEADER");
    println!("cargo:rerun-if-env-changed=CI");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo names the package folder"));
    let generated = generate_header(&root);
    let target = root.join(HEADER);
    if fs::read_to_string(&target).is_ok_and(|committed| committed == generated) {
        return;
    }
    let checking = env::var_os("FSB_CHECK_HEADER").is_some() || env::var_os("CI").is_some();
    assert!(!checking, "{HEADER} is not what src/ffi says: run `make header` and commit the result");
    fs::write(&target, generated).expect("the header is writable");
}

fn generate_header(root: &Path) -> String {
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let mut sources: Vec<PathBuf> = fs::read_dir(root.join("src/ffi"))
        .expect("src/ffi exists")
        .map(|entry| entry.expect("src/ffi is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "test_hooks" && stem != "mod"))
        .collect();
    sources.sort();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in sources {
        builder = builder.with_src(source);
    }
    let mut text = Vec::new();
    builder.generate().expect("src/ffi parses").write(&mut text);
    String::from_utf8(text).expect("cbindgen writes UTF-8")
}

fn out_dir() -> PathBuf {
    PathBuf::from(env::var("OUT_DIR").expect("cargo names the build folder"))
}
