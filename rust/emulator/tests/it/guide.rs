//! The guide says what the emulator can do: its example works, and no member is left out.

use std::collections::BTreeSet;

use pim_emulator::{Emulator, Fault, Scenario, Service};
use serde_json::Value;

const GUIDE: &str = include_str!("../../../../docs/emulator.md");

fn members(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                names.insert(name.clone());
                members(member, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, names)),
        _ => {}
    }
}

fn missing(value: &Value) -> Vec<String> {
    let mut names = BTreeSet::new();
    members(value, &mut names);
    assert!(names.len() > 5, "{value}");
    names.into_iter().filter(|name| !GUIDE.contains(&format!("`{name}`")) && !GUIDE.contains(&format!("\"{name}\""))).collect()
}

#[tokio::test]
async fn the_example_scenario_starts() {
    let example = GUIDE.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let scenario = Scenario::from_json(example).unwrap();
    assert_eq!(missing(&serde_json::to_value(&scenario).unwrap()), [""; 0]);
    let emulator = Emulator::start(scenario).await.unwrap();
    assert_eq!(emulator.state().scenario.user("KIM@adatum.example").unwrap().display_name, "Kim Akers");
}

#[test]
fn every_member_of_contoso_and_of_a_fault_is_explained() {
    assert_eq!(missing(&serde_json::to_value(Scenario::contoso().unwrap()).unwrap()), [""; 0]);
    assert_eq!(missing(&serde_json::to_value(Fault::new(Service::Graph)).unwrap()), [""; 0]);
}

#[test]
fn every_option_of_the_program_is_explained() {
    for command in ["serve", "browse", "federated-token", "generate"] {
        let help = std::process::Command::new(env!("CARGO_BIN_EXE_pim-emulator")).args([command, "--help"]).output().unwrap().stdout;
        let help = String::from_utf8(help).unwrap();
        let options: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--") && *word != "--help").collect();
        assert!(options.len() > 5, "{help}");
        for option in options {
            assert!(GUIDE.contains(&format!("`{option}")), "{command} {option}");
        }
    }
}
