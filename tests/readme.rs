//! The programs of README.md: compiled and run as they stand there, each in an empty folder of its own.
//!
//! The section `## Quick start` holds one fenced block for each of `csharp`, `c` and `rust`, the sections `## Checkpoints`,
//! `## Flow control` and `## Monitoring` one of `csharp` each.
//! The Rust one is a doc test of the crate (`cargo test --doc`), because README.md is part of the crate's documentation.

mod tree;

use std::fs;
use std::process::Command;

use tree::{library, read, root, run};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-pedantic", "-Werror"];

/// What the program of the section `## Monitoring` needs beside the library.
const MONITORING: [(&str, &str); 4] = [
    ("Microsoft.Extensions.Hosting", "10.0.15"),
    ("OpenTelemetry.Extensions.Hosting", "1.20.1"),
    ("OpenTelemetry.Exporter.OpenTelemetryProtocol", "1.20.1"),
    ("OpenTelemetry.Exporter.Prometheus.HttpListener", "1.20.1-beta.1"),
];

#[test]
fn c_quick_start_compiles_and_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (source, program) = (folder.path().join("quick_start.c"), folder.path().join("quick_start"));
    fs::write(&source, quick_start("c")).expect("the folder is writable");
    let library = library();
    let libraries = library.parent().expect("the library lies in a folder").display().to_string();
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut compile = Command::new(compiler);
    compile.arg("-std=c11").args(WARNINGS).arg("-I").arg(root().join("include")).arg(&source).arg("-o").arg(&program);
    run(compile.args([
        format!("-L{libraries}"),
        format!("-Wl,-rpath,{libraries}"),
        "-lflink_state_backend".to_owned(),
    ]));
    let output = run(Command::new(program).current_dir(folder.path()));
    assert!(!output.trim().is_empty(), "the C quick start prints nothing");
}

/// Needs a .NET SDK, 8 or newer, as `dotnet` on PATH; `make test-rust` leaves the test out, loudly, where there is none.
#[test]
fn csharp_programs_compile_and_run() {
    // NOTE: one after the other, because all builds write the library's `obj` folder.
    run_csharp(&quick_start("csharp"), &[]);
    let output = run_csharp(&only_block("Checkpoints", "csharp"), &[]);
    assert!(output.contains("checkpoint 2, offset 42"), "the restored state says {output}");
    let output = run_csharp(&only_block("Flow control", "csharp"), &[]);
    assert_eq!(output.trim(), "0 of 8388608 credits are out, 0 calls wait");
    let output = run_csharp(&only_block("Monitoring", "csharp"), &MONITORING);
    assert!(output.contains("rocksdb-state-backend: Healthy"), "the health check says {output}");
}

#[test]
fn rust_quick_start_is_a_doc_test() {
    assert!(quick_start("rust").contains("flink_state_backend::"), "the Rust quick start does not use the crate");
    let crate_root = read("src/lib.rs");
    assert!(
        crate_root.contains("include_str!(\"../README.md\")"),
        "src/lib.rs does not make README.md its documentation"
    );
}

fn quick_start(language: &str) -> String {
    only_block("Quick start", language)
}

/// The only block of a section in a language.
fn only_block(title: &str, language: &str) -> String {
    let readme = read("README.md");
    let heading = format!("\n## {title}\n");
    let (_, section) = readme.split_once(&heading).unwrap_or_else(|| panic!("README.md has no section `## {title}`"));
    let section = section.split("\n## ").next().expect("a split has a first part");
    let fence = format!("\n```{language}\n");
    let blocks: Vec<&str> = section.split(&fence).skip(1).collect();
    assert_eq!(blocks.len(), 1, "the section `## {title}` of README.md has not one block of {language}");
    let (block, _) = blocks[0].split_once("\n```").expect("a fenced block ends");
    format!("{block}\n")
}

/// Compiles and runs a C# program that needs packages, by name and version; gives what it prints, which must be something.
fn run_csharp(source: &str, packages: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let version = run(Command::new("dotnet").arg("--version").current_dir(folder.path()));
    let major = version.split('.').next().expect("a split has a first part").trim();
    fs::write(folder.path().join("Program.cs"), source).expect("the folder is writable");
    fs::write(folder.path().join("QuickStart.csproj"), project(major, packages)).expect("the folder is writable");
    let mut build = Command::new("dotnet");
    build.args(["build", "-c", "Release", "-o", "out"]).arg(format!("-p:FsbNativeLibrary={}", library().display()));
    run(build.current_dir(folder.path()));
    let output = run(Command::new("dotnet").arg("out/QuickStart.dll").current_dir(folder.path()));
    assert!(!output.trim().is_empty(), "the C# program of README.md prints nothing");
    output
}

/// A console program that refers to the C# library by its project, for the framework of the SDK at hand.
fn project(major: &str, packages: &[(&str, &str)]) -> String {
    let library = root().join("bindings/dotnet/FlinkDotNet.Storage.RocksDB/FlinkDotNet.Storage.RocksDB.csproj");
    let packages: String = packages
        .iter()
        .map(|(name, version)| format!(r#"<PackageReference Include="{name}" Version="{version}" />"#))
        .collect();
    format!(
        r#"<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net{major}.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <ProjectReference Include="{}" />
    {packages}
  </ItemGroup>
</Project>
"#,
        library.display()
    )
}
