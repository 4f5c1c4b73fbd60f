//! The binary: everything is in the library.

use std::process::ExitCode;

/// Gives memory back to the system that pieces of all sizes, which threads make and others drop, have left behind; with
/// glibc's own it grows with the work. How soon is said in `.cargo/config.toml`.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    trebuchet_ad::commands::main()
}
