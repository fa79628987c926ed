//! `pim-emulator browse`

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use pim_emulator::Robot;
use pim_emulator::robot::{Manner, Outcome, Profile};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Where cookies and passkeys are kept from one call to the next.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// The account to sign in with; without it, the one that is shown, or the first.
    #[arg(long, value_name = "UPN")]
    account: Option<String>,
    /// A PEM file of the certificates to trust.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Close the window on the first page.
    #[arg(long, conflicts_with_all = ["close_at_passkey", "cancel", "refuse"])]
    close: bool,
    /// Close the window when a passkey is asked for.
    #[arg(long, conflicts_with_all = ["cancel", "refuse"])]
    close_at_passkey: bool,
    /// Take `Cancel` on the first page.
    #[arg(long, conflicts_with = "refuse")]
    cancel: bool,
    /// Do not agree on the consent page, and do not confirm the sign-in of a device.
    #[arg(long)]
    refuse: bool,
    /// Be on another computer than the application: print the address at which the sign-in ends instead of opening it.
    #[arg(long, conflicts_with = "user_code")]
    elsewhere: bool,
    /// The code that a device shows, for an address that asks for one.
    #[arg(long, value_name = "CODE")]
    user_code: Option<String>,
    /// The address to open.
    url: String,
}

impl Arguments {
    fn manner(&self) -> Manner {
        match self {
            Self { close: true, .. } => Manner::Close,
            Self { close_at_passkey: true, .. } => Manner::CloseAtPasskey,
            Self { cancel: true, .. } => Manner::Cancel,
            Self { refuse: true, .. } => Manner::DeclineConsent,
            _ => Manner::Complete,
        }
    }
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let robot = arguments.account.as_deref().map_or_else(Robot::anybody, Robot::new);
    let mut robot = robot.manner(arguments.manner()).trusting(arguments.trust.as_deref());
    if let Some(path) = &arguments.profile {
        robot = robot.with_profile(Profile::load(path)?);
    }
    let outcome = match &arguments.user_code {
        Some(code) => robot.enter_code(&arguments.url, code).await,
        None if arguments.elsewhere => robot.walk(&arguments.url).await,
        None => robot.open(&arguments.url).await,
    };
    // Also after a failure: a passkey that was registered is known to the emulator, and would be lost.
    if let Some(path) = &arguments.profile {
        robot.profile().save(path)?;
    }
    let (text, ends_well) = match outcome? {
        Outcome::Answered(callback) if arguments.elsewhere => (callback.url.to_string(), true),
        Outcome::Answered(callback) => (format!("back at the application with status {}", callback.status.unwrap_or_default()), true),
        Outcome::Closed(page) => (format!("closed the window on the page `{page}`"), true),
        Outcome::Approved => ("the device may go on".to_owned(), true),
        Outcome::Declined => ("the device may not go on".to_owned(), true),
        Outcome::Refused(why) => (format!("the sign-in was refused: {why}"), false),
    };
    if !ends_well {
        return Err(text.into());
    }
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}
