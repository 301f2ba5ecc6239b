//! Whether a write-ahead log is whole. SQLite reads it up to the first frame whose checksum is wrong and takes that for the end, because after
//! a crash it is: what was being written then was never confirmed. Damage looks the same, and costs commits that were.
//!
//! The two can be told apart. Each commit waits for the disk, so from the first bad frame on a crash leaves at most one commit of the present
//! round; damage leaves as many as came after it, one behind the other. Format: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The magic number, but for its last bit: that tells the byte order of the checksums.
const MAGIC: u32 = 0x377f_0682;
const SMALLEST_PAGE: usize = 512;
const LARGEST_PAGE: usize = 65_536;

/// The log beside a database.
pub(super) fn beside(database: &Path) -> PathBuf {
    let mut path = OsString::from(database.as_os_str());
    path.push("-wal");
    path.into()
}

/// What is damaged, as far as damage can be told from the end of a crashed write.
pub(super) fn damage(log: &Path) -> io::Result<Option<String>> {
    let mut log = BufReader::with_capacity(1 << 20, File::open(log)?);
    let mut header = [0; HEADER];
    if !fill(&mut log, &mut header)? || header.iter().all(|byte| *byte == 0) {
        // Made, and not written to before the crash.
        return Ok(None);
    }
    let Some(mut reader) = Checksums::begin(&header) else {
        return Ok(Some("its header is not one of a write-ahead log".to_owned()));
    };
    let mut frame = vec![0; FRAME_HEADER + reader.page];
    let (mut number, mut first_bad, mut commits, mut lost) = (0_u64, None, 0, 0);
    while fill(&mut log, &mut frame)? {
        number += 1;
        let of_this_round = frame[8..16] == header[16..24];
        if !(of_this_round && reader.accepts(&frame)) {
            first_bad = first_bad.or(Some(number));
            // What was written one after the other goes on from here; what is left of failed attempts does not.
            reader.resume(&frame);
            commits = 0;
        }
        if first_bad.is_some() && of_this_round && big_endian(&frame[4..8]) != 0 {
            commits += 1;
            lost = lost.max(commits);
        }
    }
    Ok(first_bad
        .filter(|_| lost > 1)
        .map(|bad| format!("frame {bad} is damaged, and from there on at least {lost} commits would be lost")))
}

/// Reads all of it; false at the end of the file.
fn fill(log: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn little_endian(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The checksum runs over the header and all frames.
struct Checksums {
    word: fn(&[u8]) -> u32,
    sum: (u32, u32),
    page: usize,
}

impl Checksums {
    /// None when the header is none.
    fn begin(header: &[u8; HEADER]) -> Option<Self> {
        let magic = big_endian(&header[..4]);
        let page = usize::try_from(big_endian(&header[8..12])).ok()?;
        if magic & !1 != MAGIC || !page.is_power_of_two() || !(SMALLEST_PAGE..=LARGEST_PAGE).contains(&page) {
            return None;
        }
        let word = if magic & 1 == 1 { big_endian } else { little_endian };
        let mut checksums = Self { word, sum: (0, 0), page };
        checksums.add(&header[..24]);
        checksums.is_written_in(&header[24..]).then_some(checksums)
    }

    fn accepts(&mut self, frame: &[u8]) -> bool {
        self.add(&frame[..8]);
        self.add(&frame[FRAME_HEADER..]);
        self.is_written_in(&frame[16..FRAME_HEADER])
    }

    /// Goes on from the checksum that a frame says it has.
    fn resume(&mut self, frame: &[u8]) {
        self.sum = (big_endian(&frame[16..20]), big_endian(&frame[20..FRAME_HEADER]));
    }

    fn add(&mut self, bytes: &[u8]) {
        let (mut first, mut second) = self.sum;
        for pair in bytes.chunks_exact(8) {
            first = first.wrapping_add((self.word)(&pair[..4])).wrapping_add(second);
            second = second.wrapping_add((self.word)(&pair[4..])).wrapping_add(first);
        }
        self.sum = (first, second);
    }

    fn is_written_in(&self, bytes: &[u8]) -> bool {
        self.sum == (big_endian(&bytes[..4]), big_endian(&bytes[4..8]))
    }
}
