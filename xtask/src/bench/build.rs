//! What a build costs: the sizes of the programs, and the time from nothing.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::figure::{Bound, Figure, Quantity};
use crate::programs::Programs;
use crate::{command, workspace};

const SHIPPED: [&str; 2] = ["phoenix-server", "phoenixctl"];

/// The sizes of the programs as the release profile makes them.
pub(super) fn sizes(programs: &Programs) -> Result<Vec<Figure>> {
    let size = |name: &&str| {
        let bytes = u32::try_from(fs::metadata(programs.path(name)?)?.len()).context("a program of 4 GiB")?;
        Ok(Figure::new(format!("size of `{name}`, release"), Quantity::Size(f64::from(bytes)), Bound::Nothing))
    };
    SHIPPED.iter().map(size).collect()
}

/// Builds what users get in a directory of its own. What cargo downloads is there before.
pub(super) fn cold() -> Result<Figure> {
    let directory = workspace::metadata()?.target_directory.into_std_path_buf().join("cold-build");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    command::run(&mut command::cargo(&["fetch", "--locked"]))?;
    let begin = Instant::now();
    command::run(command::cargo(&Programs::RELEASE).arg("--target-dir").arg(&directory))?;
    let took = begin.elapsed().as_secs_f64();
    fs::remove_dir_all(&directory)?;
    Ok(Figure::new("cold build of both programs, release", Quantity::Time(took), Bound::Nothing))
}
