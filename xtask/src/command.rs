//! Runs other programs: says which, and fails when they fail.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// Variables of this package that cargo gave us and that another cargo must not see.
const OWN: [&str; 4] = ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"];

/// The cargo that started us, in the project's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || OWN.contains(&name.as_ref()) {
            command.env_remove(name.as_ref());
        }
    }
    command.args(arguments).current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// The command as one would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Shows what is about to run.
pub(crate) fn announce(command: &Command) {
    println!("$ {}", show(command));
}

/// Runs a command that talks to the user itself.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.status().with_context(|| format!("cannot run `{}`", show(command)))?;
    if !status.success() {
        bail!("`{}` ends with {status}", show(command));
    }
    Ok(())
}

/// Runs a command silently and answers with its standard output; what it says on standard error goes into the error.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{}`", show(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ends with {}: {}", show(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` does not speak UTF-8", show(command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_was_said() {
        let error = capture(Command::new("sh").args(["-c", "echo no room >&2; exit 3"])).expect_err("fails");
        assert_eq!(error.to_string(), "`sh -c echo no room >&2; exit 3` ends with exit status: 3: no room");
        assert!(run(Command::new("sh").args(["-c", "exit 3"])).is_err());
        assert_eq!(capture(Command::new("sh").args(["-c", "echo yes"])).expect("works"), "yes\n");
    }
}
