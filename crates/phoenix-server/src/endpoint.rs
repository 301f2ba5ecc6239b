//! What a program on the same host needs to reach this server: a token and its addresses, in the data directory.
//!
//! The token protects against other users and web pages, which can reach a loopback port, too.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// File of the token, readable by its owner alone.
pub const TOKEN_FILE: &str = "token";
/// File of the addresses.
pub const ENDPOINT_FILE: &str = "endpoint.json";

/// Where the server of a data directory listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The server's process.
    pub pid: u32,
    /// Its REST API.
    pub http: SocketAddr,
    /// Its gRPC API.
    pub grpc: SocketAddr,
}

/// The token of the data directory; made at the first start.
///
/// # Errors
///
/// When the file cannot be read or written.
pub fn token(directory: &Path) -> io::Result<SecretString> {
    let path = directory.join(TOKEN_FILE);
    match fs::read_to_string(&path) {
        Ok(token) if !token.trim().is_empty() => Ok(token.trim().to_owned().into()),
        Ok(_) => make_token(directory, &path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_token(directory, &path),
        Err(error) => Err(error),
    }
}

fn make_token(directory: &Path, path: &Path) -> io::Result<SecretString> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("the system has no random numbers"))?;
    let token: String = bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    write_private(directory, path, token.as_bytes())?;
    Ok(token.into())
}

/// Tells programs on this host where the server listens.
///
/// # Errors
///
/// When the file cannot be written.
pub fn publish(directory: &Path, endpoint: &Endpoint) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(endpoint).map_err(io::Error::other)?;
    write_private(directory, &directory.join(ENDPOINT_FILE), &text)
}

/// Takes the addresses back; a missing file is fine.
pub fn withdraw(directory: &Path) {
    let _ = fs::remove_file(directory.join(ENDPOINT_FILE));
}

/// Writes a file that only its owner reads, whole or not at all.
fn write_private(directory: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = directory.join(format!(".{}.tmp", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_token_is_made_once_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = token(directory.path()).expect("made");
        assert_eq!(first.expose_secret().len(), 64);
        assert_eq!(token(directory.path()).expect("read").expose_secret(), first.expose_secret());
        let mode = fs::metadata(directory.path().join(TOKEN_FILE)).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
