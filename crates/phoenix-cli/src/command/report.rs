//! `report`: the comparison and the verdict, or everything that the candidate did not see.

use crate::args::ReportArgs;
use crate::exit::Outcome;
use crate::output::{Printer, report};
use crate::server::Server;

pub(super) async fn report(args: &ReportArgs, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let answer = server.report(&args.reference.experiment).await?;
    if !args.lost {
        printer.show(&answer, |paint| report::render(&answer, paint))?;
        return Ok(Outcome::Done);
    }
    let lost = answer.comparison.as_ref().map_or(&[][..], |comparison| &comparison.lost);
    printer.show(&lost, |paint| match &answer.comparison {
        Some(comparison) => report::lost_table(comparison, paint),
        None => format!("nothing was compared: the experiment is {}", answer.experiment.state),
    })?;
    Ok(Outcome::Done)
}
