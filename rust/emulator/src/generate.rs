//! `pim-emulator generate`

use std::error::Error;
use std::io::{self, Write};

use clap::Args;
use pim_emulator::Scenario;
use pim_emulator::scenario::generate::Size;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Eligibilities for directory roles.
    #[arg(long, value_name = "N", default_value_t = Size::default().eligibilities)]
    eligibilities: usize,
    /// Groups.
    #[arg(long, value_name = "N", default_value_t = Size::default().groups)]
    groups: usize,
    /// Subscriptions.
    #[arg(long, value_name = "N", default_value_t = Size::default().subscriptions)]
    subscriptions: usize,
    /// Management groups.
    #[arg(long, value_name = "N", default_value_t = Size::default().management_groups)]
    management_groups: usize,
    /// Directory roles.
    #[arg(long, value_name = "N", default_value_t = Size::default().roles)]
    roles: usize,
    /// Entries on a page of a list.
    #[arg(long, value_name = "N", default_value_t = Size::default().page_size)]
    page_size: usize,
    /// Makes another tenant of the same size.
    #[arg(long, value_name = "S", default_value_t = Size::default().seed)]
    seed: u64,
}

/// Writes the scenario to standard output.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let Arguments { eligibilities, groups, subscriptions, management_groups, roles, page_size, seed } = *arguments;
    let scenario = Scenario::generate(&Size { eligibilities, groups, subscriptions, management_groups, roles, page_size, seed })?;
    let mut output = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut output, &scenario)?;
    writeln!(output)?;
    output.flush()?;
    Ok(())
}
