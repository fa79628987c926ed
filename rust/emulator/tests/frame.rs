//! The frame: start and stop, faults, delays, journal, control API.

use pim_emulator::{Emulator, Fault, Scenario, Service};

#[tokio::test]
async fn each_service_has_its_own_origin_on_loopback() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let origins = [emulator.login(), emulator.graph(), emulator.arm(), emulator.control()];
    for (index, origin) in origins.iter().enumerate() {
        assert!(origin.starts_with("http://localhost:"), "{origin}");
        assert!(!origins[..index].contains(origin), "{origin} is used twice");
        for host in ["127.0.0.1", "localhost"] {
            let answer = reqwest::get(origin.replace("localhost", host)).await.unwrap();
            assert!(answer.status().is_client_error(), "{origin} as {host}: {}", answer.status());
        }
    }
}

#[tokio::test]
async fn faults_answer_or_cut_and_are_journalled() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    emulator.inject(Fault::new(Service::Graph).path("/v1.0/me").status(503).header("Retry-After", "7").body("busy"));
    emulator.inject(Fault::new(Service::Graph).path("/v1.0/me").cut());
    let me = format!("{}/v1.0/me?$select=id", emulator.graph());
    let busy = reqwest::get(&me).await.unwrap();
    assert_eq!((busy.status().as_u16(), busy.headers()["retry-after"].to_str().unwrap()), (503, "7"));
    assert_eq!(busy.text().await.unwrap(), "busy");
    assert!(reqwest::get(&me).await.is_err(), "the connection is cut before an answer");
    let journal = emulator.journal();
    let shown: Vec<_> = journal.iter().map(|entry| (entry.sequence, entry.status, entry.fault)).collect();
    assert_eq!(shown, [(1, 503, true), (2, 0, true)]);
    assert_eq!(journal[0].query["$select"], "id");
}
