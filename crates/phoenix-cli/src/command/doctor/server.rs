//! The server, if one runs: whether it answers, its version, and the token.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use phoenix_store::{Holder, Inspection};

use super::check::Check;
use super::directory::holder;
use crate::exit::Outcome;
use crate::server::{RequestError, Server, variable};

const SERVER: &str = "server";
const TOKEN: &str = "token";
const OWN: &str = env!("CARGO_PKG_VERSION");

/// What was seen of the server.
pub(super) struct Seen {
    /// Its version, or why it does not say.
    pub(super) version: Result<String, RequestError>,
    /// Whether it accepts the token; asked only if it answers.
    accepted: Option<Result<(), RequestError>>,
}

/// Asks the server.
pub(super) async fn look(server: &Server) -> Seen {
    let version = server.version().await;
    let accepted = if version.is_ok() { Some(server.freeze_state().await.map(|_| ())) } else { None };
    Seen { version, accepted }
}

/// Whether it answers, and whether it is of this version.
pub(super) fn server(url: &str, seen: &Seen, inspected: Option<&Inspection>, is_named: bool) -> Check {
    let error = match &seen.version {
        Ok(version) if version == OWN => return Check::ok(SERVER, format!("{url} answers, version {version}")),
        Ok(version) => {
            let result = format!("{url} answers, and is version {version}; this is phoenixctl {OWN}");
            return Check::wrong(SERVER, result, "use phoenixctl and phoenix-server of one version");
        }
        Err(error) => error,
    };
    let text = error.to_string();
    let said = text.lines().next().unwrap_or_default().to_owned();
    match inspected.map(|inspected| &inspected.holder) {
        Some(Holder::Process(pid)) => {
            let result = format!("{} holds the data directory; {said}", holder(*pid));
            Check::wrong(
                SERVER,
                result,
                "see its log; it may be starting or stopping, or listen elsewhere (--server URL)",
            )
        }
        Some(Holder::Nobody | Holder::Unknown { .. }) | None if is_named => {
            Check::wrong(SERVER, said, "start it, or correct --server or PHOENIX_SERVER")
        }
        Some(Holder::Nobody | Holder::Unknown { .. }) | None if matches!(error, RequestError::Unreachable { .. }) => {
            Check::note(SERVER, "none runs here", "start one: phoenix-server")
        }
        Some(Holder::Nobody | Holder::Unknown { .. }) | None => {
            Check::wrong(SERVER, said, "something else listens there; name the server with --server URL")
        }
    }
}

/// Whether there is a token, for this user alone, and whether the server takes it.
pub(super) fn token(directory: &Path, seen: &Seen) -> Check {
    let (path, is_given) = (directory.join("token"), variable("PHOENIX_TOKEN").is_some());
    let source = if is_given { "PHOENIX_TOKEN".to_owned() } else { path.display().to_string() };
    if !is_given && let Some(problem) = file(&path) {
        // A server without authentication takes any token and none.
        let needs_none = !path.exists() && matches!(seen.accepted, Some(Ok(())));
        return if needs_none { Check::ok(TOKEN, "none, and the server wants none") } else { problem };
    }
    match &seen.accepted {
        Some(Ok(())) => Check::ok(TOKEN, format!("{source}, accepted by the server")),
        Some(Err(error)) if error.outcome() == Outcome::NotAllowed => Check::wrong(
            TOKEN,
            format!("the server does not accept the one of {source}"),
            "name the server's data directory with --data-dir, or its token in PHOENIX_TOKEN",
        ),
        Some(Err(error)) => Check::failed(TOKEN, error),
        None => Check::ok(TOKEN, format!("{source}, not tried: no server answers")),
    }
}

/// What there is to say about the file; `None` when it is as it should be.
fn file(path: &Path) -> Option<Check> {
    let shown = path.display();
    match fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => Some(Check::wrong(
            TOKEN,
            format!("{shown} is empty"),
            "remove it; phoenix-server makes another at its next start",
        )),
        Ok(_) => {
            let mode = fs::metadata(path).map_or(0, |metadata| metadata.mode() & 0o777);
            (mode & 0o077 != 0).then(|| {
                let result = format!("{shown}, mode {mode:04o}: other users may read it, and with it do everything");
                Check::wrong(
                    TOKEN,
                    result,
                    format!("chmod 600 {shown}; if it may have been read, remove it and start phoenix-server again"),
                )
            })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(Check::note(TOKEN, "there is none yet; phoenix-server makes it at its first start", ""))
        }
        Err(error) => {
            let advice = "run phoenixctl as the user of phoenix-server, or give the token in PHOENIX_TOKEN";
            Some(Check::wrong(TOKEN, format!("{shown} cannot be read: {error}"), advice))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use phoenix_store::Database;

    use super::super::check::Level;
    use super::*;

    fn silent() -> RequestError {
        RequestError::Unreachable { url: "http://h".to_owned(), cause: "Connection refused".to_owned() }
    }

    const fn held(holder: Holder) -> Inspection {
        Inspection { holder, database: Database::Absent }
    }

    #[test]
    fn a_server_that_does_not_answer_is_wrong_only_where_there_should_be_one() {
        let seen = Seen { version: Err(silent()), accepted: None };
        assert_eq!(server("http://h", &seen, Some(&held(Holder::Nobody)), false).level, Level::Note);
        assert_eq!(server("http://h", &seen, Some(&held(Holder::Nobody)), true).level, Level::Wrong);
        let stuck = server("http://h", &seen, Some(&held(Holder::Process(Some(7)))), false);
        assert_eq!(stuck.level, Level::Wrong);
        assert!(
            stuck.result.starts_with("the server with process id 7 holds the data directory; the server at http://h")
        );
        let other = Seen { version: Ok("0.0.1".to_owned()), accepted: None };
        assert!(server("http://h", &other, None, false).result.contains("is version 0.0.1"));
    }

    #[test]
    fn a_token_is_there_for_its_owner_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        assert_eq!(file(&path).map(|check| check.level), Some(Level::Note));
        for (content, mode, level) in
            [("", 0o600, Some(Level::Wrong)), ("t", 0o644, Some(Level::Wrong)), ("t", 0o600, None)]
        {
            fs::write(&path, content).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
            assert_eq!(file(&path).map(|check| check.level), level, "{content:?} {mode:o}");
        }
    }
}
