//! The binary.

fn main() -> std::process::ExitCode {
    stormc::main()
}
