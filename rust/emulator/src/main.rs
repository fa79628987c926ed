//! The emulator as a program: `serve` runs the services, `browse` is a scripted browser for them, `federated-token` asks them for another issuer's
//! token, `generate` makes up a tenant.

#![forbid(unsafe_code)]

mod browse;
mod federated_token;
mod generate;
mod serve;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A local Microsoft Entra ID, Microsoft Graph and Azure Resource Manager for rehearsals and tests.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the services; when they are ready, one line of JSON on standard output says where.
    Serve(serve::Arguments),
    /// Opens a sign-in page and walks through it as a user would.
    Browse(browse::Arguments),
    /// Writes a token of an issuer outside, as the file of a Kubernetes pod holds one.
    FederatedToken(federated_token::Arguments),
    /// Makes up a tenant of any size, and writes its scenario to standard output.
    Generate(generate::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Browse(arguments) => browse::run(arguments).await,
        Command::FederatedToken(arguments) => federated_token::run(arguments).await,
        Command::Generate(arguments) => generate::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "pim-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}
