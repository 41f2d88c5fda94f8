//! The programs of README.md and of the pages in docs: compiled and run as they stand there, each in an empty folder of its own.
//!
//! [`PROGRAMS`] and the test of the C programs name all of them by page and section; a test sees to it that none is left out.
//! The Rust ones are doc tests of the crate (`cargo test --doc`), because the pages are part of the crate's documentation.

mod tree;

use std::fs;
use std::process::Command;

use tree::{library, read, root, run};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-pedantic", "-Werror"];

/// What hosted programs need beside the library.
const HOSTING: [(&str, &str); 4] = [
    ("Microsoft.Extensions.Hosting", "10.0.15"),
    ("OpenTelemetry.Extensions.Hosting", "1.20.1"),
    ("OpenTelemetry.Exporter.OpenTelemetryProtocol", "1.20.1"),
    ("OpenTelemetry.Exporter.Prometheus.HttpListener", "1.20.1-beta.1"),
];

/// A C# program: its page and section, the .NET SDK and the packages that it needs, and what it says at least.
struct Program {
    page: &'static str,
    section: &'static str,
    sdk: u32,
    packages: &'static [(&'static str, &'static str)],
    says: &'static str,
}

const fn program(page: &'static str, section: &'static str, says: &'static str) -> Program {
    Program { page, section, sdk: 8, packages: &[], says }
}

const PROGRAMS: [Program; 10] = [
    program("README.md", "Quick start", "United flew 2816 miles"),
    program("README.md", "Checkpoints", "checkpoint 2, offset 42"),
    program("README.md", "Savepoints", " of 300 counts are of this subtask"),
    program("docs/getting-started-csharp.md", "Keyed state, and a checkpoint", "be: 2\nnot: 1\nor: 1\nto: 2\n"),
    Program {
        page: "docs/getting-started-csharp.md",
        section: "A savepoint through a pipe",
        sdk: 10,
        packages: &[],
        says: "United flew 2816 miles",
    },
    Program {
        page: "docs/getting-started-csharp.md",
        section: "In a host",
        sdk: 8,
        packages: &HOSTING,
        says: "the numbers that end in 7 make 50200",
    },
    program("docs/operations.md", "Flow control", "0 of 8388608 credits are out, 0 calls wait"),
    Program {
        page: "docs/operations.md",
        section: "Monitoring",
        sdk: 8,
        packages: &HOSTING,
        says: "rocksdb-state-backend: Healthy",
    },
    program("docs/migration.md", "From FLINK.NET's own backend", "3 bytes, "),
    program("docs/migration.md", "From RocksDbSharp", "United\nAA American\n"),
];

const C_PROGRAMS: [(&str, &str, &str); 2] = [
    ("README.md", "Quick start", "United flew 2119 miles, also to ORD"),
    ("docs/getting-started-c.md", "Keyed state, and a checkpoint", "to: 2, late: 0"),
];

const RUST_PAGES: [&str; 2] = ["README.md", "docs/getting-started-rust.md"];

#[test]
fn c_programs_compile_and_run() {
    for (page, section, says) in C_PROGRAMS {
        let output = run_c(&only_block(page, section, "c"));
        assert!(output.contains(says), "the C program of {page}, {section}, says {output}");
    }
}

/// Needs a .NET SDK, 8 or newer, as `dotnet` on PATH; `make test-rust` leaves the test out, loudly, where there is none.
#[test]
fn csharp_programs_compile_and_run() {
    let at_hand = sdk();
    // NOTE: one after the other, because all builds write the library's `obj` folder.
    for Program { page, section, sdk, packages, says } in PROGRAMS {
        if at_hand < sdk {
            eprintln!("SKIPPED: .NET SDK {sdk} not found: the C# program of {page}, {section}, was not tested");
            continue;
        }
        let output = run_csharp(&only_block(page, section, "csharp"), at_hand, packages);
        assert!(output.contains(says), "the C# program of {page}, {section}, says {output}");
    }
}

#[test]
fn rust_programs_are_doc_tests() {
    let crate_root = read("src/lib.rs");
    for page in RUST_PAGES {
        assert!(
            read(page).contains("\nuse flink_state_backend::"),
            "the Rust program of {page} does not use the crate"
        );
        let include = format!("include_str!(\"../{page}\")");
        assert!(crate_root.contains(&include), "src/lib.rs does not make {page} its documentation");
    }
}

#[test]
fn no_program_is_left_out() {
    let mut pages: Vec<String> = fs::read_dir(root().join("docs"))
        .expect("docs is a folder")
        .map(|entry| format!("docs/{}", entry.expect("readable").file_name().to_string_lossy()))
        .collect();
    pages.push("README.md".to_owned());
    for page in pages {
        let count = |language: &str| read(&page).matches(&format!("\n```{language}\n")).count();
        assert_eq!(count("csharp"), PROGRAMS.iter().filter(|it| it.page == page).count(), "C# programs of {page}");
        assert_eq!(count("c"), C_PROGRAMS.iter().filter(|it| it.0 == page).count(), "C programs of {page}");
        assert_eq!(count("rust"), RUST_PAGES.iter().filter(|it| **it == page).count(), "Rust programs of {page}");
    }
}

/// Each option that the page on migration names is one of the library, under both names.
#[test]
fn options_of_the_migration_page_exist() {
    let page = read("docs/migration.md");
    let (_, table) = page.split_once("\n## From Flink's options\n").expect("the page has the section");
    let known = read("include/flink_state_backend.h") + &flink_state_backend::Options::default().to_json();
    let sources = csharp_sources();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 30, "{} options only", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        for name in quoted(cells[2]) {
            assert!(known.contains(name), "{name} of the page on migration is not known to the library");
        }
        for name in quoted(cells[3]) {
            let member = name
                .split([' ', '='])
                .next()
                .expect("a split has a first part")
                .rsplit('.')
                .next()
                .expect("and a last");
            assert!(
                sources.contains(&format!(" {member}")),
                "{name} of the page on migration is not in the C# library"
            );
        }
    }
}

/// The words between backticks, without what follows a colon.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2).map(|name| name.split(':').next().expect("a split has a first part"))
}

/// The sources of the C# library in one text.
fn csharp_sources() -> String {
    let mut folders = vec![root().join("bindings/dotnet/FlinkDotNet.Storage.RocksDB")];
    let mut sources = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path()) {
            let name = entry.file_name().expect("it has one").to_string_lossy().into_owned();
            if entry.is_dir() && !["bin", "obj"].contains(&name.as_str()) {
                folders.push(entry);
            } else if name.ends_with(".cs") {
                sources += &fs::read_to_string(entry).expect("text");
            }
        }
    }
    sources
}

/// The only block of a section of a page in a language.
fn only_block(page: &str, title: &str, language: &str) -> String {
    let text = read(page);
    let heading = format!("\n## {title}\n");
    let (_, section) = text.split_once(&heading).unwrap_or_else(|| panic!("{page} has no section `## {title}`"));
    let section = section.split("\n## ").next().expect("a split has a first part");
    let fence = format!("\n```{language}\n");
    let blocks: Vec<&str> = section.split(&fence).skip(1).collect();
    assert_eq!(blocks.len(), 1, "the section `## {title}` of {page} has not one block of {language}");
    let (block, _) = blocks[0].split_once("\n```").expect("a fenced block ends");
    format!("{block}\n")
}

/// Compiles and runs a C program; gives what it prints.
fn run_c(source: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (path, program) = (folder.path().join("program.c"), folder.path().join("program"));
    fs::write(&path, source).expect("the folder is writable");
    let library = library();
    let libraries = library.parent().expect("the library lies in a folder").display().to_string();
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut compile = Command::new(compiler);
    compile.arg("-std=c11").args(WARNINGS).arg("-I").arg(root().join("include")).arg(&path).arg("-o").arg(&program);
    run(compile.args([
        format!("-L{libraries}"),
        format!("-Wl,-rpath,{libraries}"),
        "-lflink_state_backend".to_owned(),
    ]));
    run(Command::new(program).current_dir(folder.path()))
}

/// Major version of the .NET SDK at hand.
fn sdk() -> u32 {
    let version = run(Command::new("dotnet").arg("--version").current_dir(std::env::temp_dir()));
    let major = version.split('.').next().expect("a split has a first part");
    major.trim().parse().expect("the SDK says its version")
}

/// Compiles and runs a C# program that needs packages, by name and version; gives what it prints.
fn run_csharp(source: &str, sdk: u32, packages: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::write(folder.path().join("Program.cs"), source).expect("the folder is writable");
    fs::write(folder.path().join("QuickStart.csproj"), project(sdk, packages)).expect("the folder is writable");
    let mut build = Command::new("dotnet");
    build.args(["build", "-c", "Release", "-o", "out"]).arg(format!("-p:FsbNativeLibrary={}", library().display()));
    run(build.current_dir(folder.path()));
    run(Command::new("dotnet").arg("out/QuickStart.dll").current_dir(folder.path()))
}

/// A console program that refers to the C# library by its project, for the framework of the SDK at hand.
fn project(sdk: u32, packages: &[(&str, &str)]) -> String {
    let library = root().join("bindings/dotnet/FlinkDotNet.Storage.RocksDB/FlinkDotNet.Storage.RocksDB.csproj");
    let packages: String = packages
        .iter()
        .map(|(name, version)| format!(r#"<PackageReference Include="{name}" Version="{version}" />"#))
        .collect();
    format!(
        r#"<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net{sdk}.0</TargetFramework>
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
