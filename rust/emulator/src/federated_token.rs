//! `pim-emulator federated-token`

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use reqwest::{Certificate, Client};
use serde_json::{Value, json};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Origin of the control API of the emulator that is to sign it.
    #[arg(long, value_name = "ORIGIN")]
    control: String,
    /// Who says so: `iss`.
    #[arg(long)]
    issuer: String,
    /// Of whom: `sub`.
    #[arg(long)]
    subject: String,
    /// To whom: `aud`; otherwise the token service's exchange.
    #[arg(long)]
    audience: Option<String>,
    /// Seconds until it expires, negative for a token that has expired; otherwise an hour.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    life: Option<i64>,
    /// The file to write it to; otherwise it goes to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A PEM file of the certificates to trust.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    // A second installation is refused, which is as good: the process has a provider then.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = match &arguments.trust {
        Some(path) => Certificate::from_pem_bundle(&std::fs::read(path)?)?,
        None => Vec::new(),
    };
    let client = Client::builder().no_proxy().tls_certs_only(trusted).build()?;
    let mut wanted = json!({ "issuer": arguments.issuer, "subject": arguments.subject });
    if let Some(audience) = arguments.audience {
        wanted["audience"] = json!(audience);
    }
    if let Some(life) = arguments.life {
        wanted["lifeSeconds"] = json!(life);
    }
    let address = format!("{}/federated-token", arguments.control.trim_end_matches('/'));
    let answer: Value = client.post(address).json(&wanted).send().await?.json().await?;
    let token = answer["token"].as_str().ok_or_else(|| format!("the emulator answered {answer}"))?;
    match arguments.output {
        Some(path) => std::fs::write(path, token)?,
        None => writeln!(io::stdout(), "{token}")?,
    }
    Ok(())
}
