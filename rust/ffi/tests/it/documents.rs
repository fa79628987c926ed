//! Lists that must agree.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use jsonschema::Validator;
use pim_core::error::{Error, ErrorCode};
use pim_core::operations::{ALL, Description};
use serde_json::Value;

use crate::files::{expect, read, repository};
use crate::header::functions;

/// Replaces what stands between two markers of a document.
fn with_table(document: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no `{begin}`"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no `{end}`"));
    format!("{before}{begin}\n{table}\n{end}{after}")
}

#[test]
fn every_error_code_is_documented() {
    let mut table = "| Code | Category | Meaning |\n|---|---|---|\n".to_owned();
    for code in ErrorCode::ALL {
        writeln!(table, "| `{}` | {:?} | {} |", code.as_str(), code.category(), code.meaning()).unwrap();
    }
    expect("docs/errors.md", &with_table(&read("docs/errors.md"), "error codes", &table));
}

#[test]
fn every_code_of_the_module_is_documented() {
    let document = read("docs/errors.md");
    let source = module_source();
    let codes =
        source.match_indices("code = '").filter_map(|(at, prefix)| source[at + prefix.len()..].split_once('\'')).map(|(code, _)| code);
    let codes = codes.collect::<BTreeSet<_>>();
    assert!(!codes.is_empty());
    for code in codes {
        assert!(document.contains(&format!("| `{code}` | ")), "`{code}` is not documented");
    }
}

#[test]
fn every_operation_is_documented() {
    let mut table = "| Operation | What it does | In PowerShell |\n|---|---|---|\n".to_owned();
    for operation in ALL {
        let commands = operation.commands.iter().map(|command| format!("`{command}`")).collect::<Vec<_>>().join(", ");
        writeln!(table, "| `{}` | {} | {commands} |", operation.name, operation.summary).unwrap();
    }
    let document = with_table(&read("docs/c-abi.md"), "operations", &table);
    let example = format!("```c\n{}```\n", read("tests/c-abi/example.c"));
    expect("docs/c-abi.md", &with_table(&document, "example", &example));
}

#[test]
fn every_field_says_what_it_is() {
    fn walk(path: &str, schema: &Value) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let described = field["description"].as_str().is_some_and(|text| text.ends_with('.'));
            assert!(described || field.get("const").is_some(), "`{name}` of {path} is not described in a sentence");
        }
        match schema {
            Value::Object(members) => members.iter().for_each(|(name, member)| walk(&format!("{path}/{name}"), member)),
            Value::Array(items) => items.iter().for_each(|item| walk(path, item)),
            _ => {}
        }
    }
    for operation in ALL {
        for schema in [operation.request, operation.output, operation.reply] {
            walk(operation.name, schema().as_value());
        }
    }
}

#[test]
fn every_operation_is_called_by_its_commands() {
    let folder = repository().join("ps-module/PIMStepUp");
    let source = module_source();
    for operation in ALL.iter().filter(|operation| !operation.commands.is_empty()) {
        assert!(source.contains(&format!("-Operation '{}'", operation.name)), "no command calls `{}`", operation.name);
        for command in operation.commands {
            assert!(folder.join(format!("Public/{command}.ps1")).is_file(), "`{}` names `{command}`, which does not exist", operation.name);
        }
    }
}

fn module_source() -> String {
    let files = ["Public", "Private"].map(|name| fs::read_dir(repository().join("ps-module/PIMStepUp").join(name)).unwrap());
    files.into_iter().flatten().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn the_module_binds_exactly_the_functions_of_the_header() {
    let source = read("ps-module/PIMStepUp/Private/Native.ps1");
    let table = read("ps-module/native/functions.txt");
    let bound = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let bound = bound.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<BTreeSet<_>>();
    assert_eq!(bound, declared_for_powershell());
    assert!(source.contains(&format!("$script:PimNativeAbi = {}", pim_stepup::PIM_ABI_VERSION)));
}

/// The header's declarations in the words of the module's table: name, result, arguments.
fn declared_for_powershell() -> BTreeSet<String> {
    let header = read(crate::header::PATH);
    functions()
        .into_iter()
        .map(|name| {
            let start = header
                .find(&format!("{name}(uint"))
                .or_else(|| header.find(&format!("{name}(void")))
                .or_else(|| header.find(&format!("{name}(const")));
            let start = start.unwrap_or_else(|| panic!("{name} is not declared"));
            let line = header[..start].rfind('\n').unwrap() + 1;
            let (arguments, _) = header[start + name.len() + 1..].split_once(");").unwrap();
            let arguments =
                arguments.split(',').map(|argument| powershell_type(argument.trim().rsplit_once(' ').map_or("void", |_| argument.trim())));
            let mut words = vec![name.clone(), powershell_type(&format!("{}result", &header[line..start])).to_owned()];
            words.extend(arguments.filter(|argument| *argument != "void").map(str::to_owned));
            words.join(" ")
        })
        .collect()
}

fn powershell_type(declaration: &str) -> &'static str {
    let name = declaration.rfind(|character: char| !(character.is_ascii_alphanumeric() || character == '_')).map_or(0, |at| at + 1);
    match declaration[..name].trim() {
        "" | "void" => "void",
        "int32_t" => "int32",
        "uint32_t" => "uint32",
        "uint64_t" => "uint64",
        "const uint8_t *" => "byte[]",
        // The host's own memory, unlike a buffer that the library hands out.
        "uint8_t *" if declaration.ends_with("*reply") => "byte[]",
        "uint8_t *" | "const char *" => "IntPtr",
        "uint8_t **" => "IntPtr&",
        "uint32_t *" => "uint32&",
        "uint64_t *" => "uint64&",
        other => panic!("no PowerShell type for `{other}`"),
    }
}

#[test]
fn golden_files_are_those_of_the_operations() {
    let folders = fs::read_dir(repository().join("tests/golden")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let folders = folders.filter(|name| !name.ends_with(".md")).collect::<BTreeSet<_>>();
    assert_eq!(folders, ALL.iter().map(|operation| operation.name.to_owned()).collect());
}

#[test]
fn golden_files_fit_the_types() {
    for operation in ALL {
        let golden =
            |name: &str| -> Value { serde_json::from_str(&read(&format!("tests/golden/{}/{name}.json", operation.name))).unwrap() };
        fits(operation, "request", &(operation.request)().into(), &golden("request"));
        fits(operation, "reply", &(operation.reply)().into(), &golden("reply"));
        let output: Value = (operation.output)().into();
        if output["title"] == "Nothing" {
            assert!(
                !repository().join(format!("tests/golden/{}/output.json", operation.name)).exists(),
                "{} has no output",
                operation.name
            );
        } else {
            for value in golden("output").as_array().expect("a list of outputs") {
                fits(operation, "output", &output, value);
            }
        }
        let error = golden("error");
        let typed: Error = serde_json::from_value(error.clone()).unwrap();
        assert_eq!(serde_json::to_value(&typed).unwrap(), error, "{}: an error has no unknown members", operation.name);
        assert_eq!(typed.category, typed.code.category());
    }
}

fn fits(operation: &Description, what: &str, schema: &Value, value: &Value) {
    let validator = Validator::new(&closed(schema)).unwrap();
    let faults = validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect::<Vec<_>>();
    assert!(faults.is_empty(), "{} {what}: {faults:#?}", operation.name);
}

/// Replies may grow, but a golden file holds only what its type has today.
fn closed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    match &mut schema {
        Value::Object(members) => {
            members.values_mut().for_each(|member| *member = closed(member));
            let composed = ["oneOf", "anyOf", "allOf", "$ref"].iter().any(|key| members.contains_key(*key));
            if members.get("properties").is_some_and(Value::is_object) && members.get("type").is_some() && !composed {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = closed(item)),
        _ => {}
    }
    schema
}
