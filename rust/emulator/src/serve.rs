//! `pim-emulator serve`

use std::error::Error;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use clap::Args;
use pim_emulator::{Emulator, Options, Scenario};
use serde_json::json;
use tokio::sync::oneshot;

#[derive(Args)]
pub(crate) struct Arguments {
    /// What exists in the tenant, as JSON; the built-in one is Contoso.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Serve https with a certificate made at the start.
    #[arg(long)]
    tls: bool,
    /// Port of the token service; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    login_port: u16,
    /// Port of Microsoft Graph; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    graph_port: u16,
    /// Port of Azure Resource Manager; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    arm_port: u16,
    /// Port of the machine's own endpoints; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    machine_port: u16,
    /// Port of the control API; 0 takes a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    control_port: u16,
    /// Where Azure Arc puts its keys; otherwise a temporary folder.
    #[arg(long, value_name = "FOLDER")]
    arc_key_folder: Option<PathBuf>,
    /// Seconds that a device waits between two questions, instead of what the scenario says.
    #[arg(long, value_name = "SECONDS")]
    device_interval: Option<u32>,
    /// End when standard input ends, that is, with the program that started this one.
    #[arg(long)]
    attached: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let mut scenario = match &arguments.scenario {
        Some(path) => Scenario::from_file(path)?,
        None => Scenario::contoso()?,
    };
    if let Some(seconds) = arguments.device_interval {
        scenario.behaviour.device_code_interval_seconds = seconds;
    }
    let options = Options {
        tls: arguments.tls,
        login_port: arguments.login_port,
        graph_port: arguments.graph_port,
        arm_port: arguments.arm_port,
        machine_port: arguments.machine_port,
        control_port: arguments.control_port,
        arc_key_folder: arguments.arc_key_folder,
    };
    let emulator = Emulator::start_with(scenario, options).await?;
    announce(&emulator)?;
    if arguments.attached {
        tokio::select! {
            _ = end_of_input() => {}
            () = terminated() => {}
            () = deaf_to_interrupts() => {}
        }
    } else {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated() => {}
        }
    }
    emulator.stop().await;
    Ok(())
}

fn announce(emulator: &Emulator) -> io::Result<()> {
    let scenario = &emulator.state().scenario;
    let users: Vec<_> =
        scenario.users.iter().map(|user| json!({ "username": user.user_principal_name, "objectId": user.object_id })).collect();
    let line = json!({
        "login": emulator.login(),
        "graph": emulator.graph(),
        "arm": emulator.arm(),
        "machine": emulator.machine(),
        "control": emulator.control(),
        "tenantId": scenario.tenant.id,
        "tenant": scenario.tenant.domain,
        "certificateFile": emulator.certificate_file(),
        "users": users,
        "environments": emulator.environments(),
    });
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Resolves when standard input ends. A thread waits for it, since such a wait cannot be taken back.
fn end_of_input() -> oneshot::Receiver<()> {
    let (ended, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut scrap = [0; 4096];
        let mut input = io::stdin().lock();
        while matches!(input.read(&mut scrap), Ok(read) if read > 0) {}
        let _ = ended.send(());
    });
    receiver
}

/// Takes every interrupt and never resolves: Ctrl+C in a terminal reaches all programs of its group, and is meant for the shell
/// that this one is attached to.
async fn deaf_to_interrupts() {
    while tokio::signal::ctrl_c().await.is_ok() {}
    std::future::pending().await
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => drop(terminated.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
