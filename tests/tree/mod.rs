//! The source tree and what was built from it, for the tests that look at them from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LIBRARY_NAME: &str = "libflink_state_backend.so";

/// The folder of Cargo.toml.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file, named by its path from the root.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}

/// The shared library as it ships: the file that `FSB_NATIVE_LIBRARY` names, otherwise the one that `make build` keeps. Cargo's
/// own is no answer: it may have been built with other features since. The static library lies beside it.
pub fn library() -> PathBuf {
    let path = std::env::var_os("FSB_NATIVE_LIBRARY").map_or_else(kept_library, PathBuf::from);
    assert!(path.exists(), "{} is not there: run `make build`", path.display());
    path
}

fn kept_library() -> PathBuf {
    let program = std::env::current_exe().expect("the test program knows its path");
    let target = program.ancestors().nth(3).expect("the test program lies in <target>/<profile>/deps");
    target.join("native").join(LIBRARY_NAME)
}

/// What a command prints on standard output, in the language of its authors; it must succeed.
pub fn run(command: &mut Command) -> String {
    let output =
        command.env("LC_ALL", "C").output().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}
